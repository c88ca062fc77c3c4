// Small conveniences; every page works without them.
(() => {
  "use strict";
  const spoken = document.getElementById("spoken");

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return; // The text stays on the page and can be selected by hand.
    }
    button.dataset.copied = "";
    if (spoken) spoken.textContent = button.dataset.copiedText;
    setTimeout(() => {
      delete button.dataset.copied;
      if (spoken) spoken.textContent = "";
    }, 2000);
  });

  // A second press while the first is under way would only confuse; the server refuses doubles anyway.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent !== undefined) event.preventDefault();
    form.dataset.sent = "";
    form.querySelector("[type=submit]")?.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once][data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelector("[type=submit]")?.removeAttribute("aria-disabled");
    });
  });
})();
