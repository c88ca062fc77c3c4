"use strict";
const form = document.getElementById("pay");
if (form) {
  const card = form.elements.namedItem("card");
  const expiry = form.elements.namedItem("expiry");
  const spaced = (text) => {
    const digits = text.replace(/\D/g, "").slice(0, 19);
    const amex = /^3[47]/.test(digits);
    return (digits.match(amex ? /^\d{1,4}|\d{1,6}(?=\d{5}$)|\d+/g : /\d{1,4}/g) || []).join(" ");
  };
  if (card) {
    card.addEventListener("input", () => {
      if (card.selectionStart === card.value.length) card.value = spaced(card.value);
    });
  }
  if (expiry) {
    expiry.addEventListener("input", (event) => {
      if (event.inputType === "deleteContentBackward") return;
      const digits = expiry.value.replace(/\D/g, "").slice(0, 4);
      if (digits.length >= 2) expiry.value = digits.slice(0, 2) + " / " + digits.slice(2);
    });
  }
  for (const button of document.querySelectorAll(".use")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      card.value = button.dataset.card;
      expiry.value = expiry.value || "12 / 34";
      const cvc = form.elements.namedItem("cvc");
      cvc.value = cvc.value || "123";
      const name = form.elements.namedItem("name");
      name.value = name.value || "Test Customer";
      form.querySelector("button.primary").focus();
    });
  }
  form.addEventListener("submit", () => {
    const button = form.querySelector("button.primary");
    button.disabled = true;
    button.textContent = button.dataset.busy;
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  const alert = document.getElementById("alert");
  if (alert) alert.focus();
}
