// On a phone each row of a list is a little card: its cells need the names of their columns beside them.
document.addEventListener("DOMContentLoaded", () => {
  for (const list of document.querySelectorAll("#result_list")) {
    const names = [...list.querySelectorAll("thead th")].map((head) => head.querySelector(".text")?.textContent.trim() ?? "");
    for (const row of list.querySelectorAll("tbody tr")) {
      [...row.children].forEach((cell, place) => names[place] && cell.setAttribute("data-label", names[place]));
    }
  }
});
