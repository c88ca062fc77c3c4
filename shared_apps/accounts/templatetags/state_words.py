from django import template

from shared_apps.accounts.state_words import state_text

register = template.Library()
register.simple_tag(state_text)
