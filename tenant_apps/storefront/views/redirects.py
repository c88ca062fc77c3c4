from django.http import HttpResponse, HttpResponseRedirect


def see_other(url: str) -> HttpResponse:
    """Answer a form with 303: the browser goes on by GET, and going back sends nothing twice."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
