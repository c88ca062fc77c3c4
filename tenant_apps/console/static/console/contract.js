/* The contract editor: cards and JSON are one document. What a card cannot say stays in the JSON untouched. */
(() => {
  const form = document.querySelector("[data-contract]");
  if (!form) return;
  const text = form.querySelector("[name=document]"), list = form.querySelector("[data-rules]");
  const card = form.querySelector("template[data-rule]"), shown = form.querySelector("[data-shown]");
  const names = (value) => value.split(",").map((name) => name.trim()).filter(Boolean);
  const percent = (rate) => {
    const [whole, part = ""] = String(rate).split(".");
    const digits = whole + part.padEnd(2, "0");
    const at = whole.length + 2;
    const plain = `${digits.slice(0, at).replace(/^0+(?=\d)/, "")}.${digits.slice(at)}`.replace(/\.?0*$/, (end) => (end.startsWith(".") ? "" : end));
    return plain || "0";
  };
  const rate = (typed) => {
    const found = /^(\d+)(?:\.(\d+))?$/.exec(typed.trim());
    if (!found) return typed;
    const whole = found[1].padStart(3, "0");
    return `${whole.slice(0, -2).replace(/^0+(?=\d)/, "")}.${whole.slice(-2)}${found[2] || ""}`;
  };
  const number = (typed) => (/^\d+$/.test(typed.trim()) ? Number(typed) : typed.trim());
  const read = () => { try { const found = JSON.parse(text.value); return found && typeof found === "object" && !Array.isArray(found) ? found : null; } catch { return null; } };
  const write = (terms) => { text.value = JSON.stringify(terms, null, 2); };

  const kindOf = (pay = {}) => {
    if (pay.kind === "percent") return pay.base === "gross" ? "gross" : "net";
    if (pay.kind === "fixed") return pay.per;
    if (pay.kind === "margin_share" || pay.kind === "hybrid") return pay.kind;
    return pay.kind === "tiered" && pay.measure === "period_revenue" ? pay.mode : "json";
  };
  const muchOf = (pay = {}) => {
    if (pay.kind === "fixed") return String(pay.amount_minor);
    if (pay.kind === "tiered" && pay.measure === "period_revenue") return pay.tiers.map((tier) => `${tier.from}: ${percent(tier.rate)}`).join(", ");
    return pay.rate === undefined ? "" : percent(pay.rate);
  };
  const payOf = (kind, much, before) => {
    if (kind === "net" || kind === "gross") return { kind: "percent", rate: rate(much), base: kind };
    if (kind === "margin_share") return { kind, rate: rate(much) };
    if (kind === "order" || kind === "unit") return { kind: "fixed", amount_minor: number(much), per: kind };
    if (["past_each", "whole", "all"].includes(kind)) {
      const tiers = much.split(",").map((tier) => tier.split(":")).map(([from, part = ""]) => ({ from: number(from), rate: rate(part) }));
      return { ...(before && before.kind === "tiered" ? before : {}), kind: "tiered", measure: "period_revenue", mode: kind, tiers };
    }
    return kind === "hybrid" && (!before || before.kind !== "hybrid")
      ? { kind, parts: [before || { kind: "fixed", amount_minor: 0, per: "order" }, { kind: "percent", rate: "0.05", base: "net" }] } : before;
  };

  const draw = () => {
    const terms = read();
    if (!terms || !Array.isArray(terms.rules)) return;
    list.replaceChildren(...terms.rules.map((rule) => {
      const item = card.content.cloneNode(true).firstElementChild, of = (name) => item.querySelector(`[data-of=${name}]`);
      const pay = rule && rule.pay;
      of("id").value = rule.id || "";
      of("kind").value = kindOf(pay);
      of("much").value = muchOf(pay);
      of("much").readOnly = ["hybrid", "json"].includes(of("kind").value);
      for (const name of ["product", "campaign"]) of(name).value = ((rule.when || {})[name] || []).join(", ");
      for (const name of ["max_months", "cap_minor"]) of(name).value = (rule.limits || {})[name] ?? "";
      return item;
    }));
    for (const field of form.querySelectorAll("[data-term]")) {
      const standard = { negative: "carry", pinning: "pinned", hold_days: 14, minimum_payout_minor: 0, negative_cap_minor: 0 };
      field.value = terms[field.dataset.term] ?? standard[field.dataset.term] ?? "";
    }
  };
  const put = (rule, part, name, value) => {
    const inner = { ...(rule[part] || {}) };
    if (value === "" || (Array.isArray(value) && !value.length)) delete inner[name]; else inner[name] = value;
    if (Object.keys(inner).length) rule[part] = inner; else delete rule[part];
  };
  const take = (field) => {
    const terms = read();
    if (!terms) return;
    if (field.dataset.term) {
      const value = field.value.trim();
      terms[field.dataset.term] = field.dataset.number === undefined ? value || (field.dataset.term === "starts_at" ? null : value) : number(value || "0");
    } else {
      const item = field.closest(".tb-rule"), rule = terms.rules[[...list.children].indexOf(item)], of = field.dataset.of;
      if (of === "id") rule.id = field.value;
      else if (of === "kind" || of === "much") rule.pay = payOf(item.querySelector("[data-of=kind]").value, item.querySelector("[data-of=much]").value, rule.pay);
      else if (of === "product" || of === "campaign") put(rule, "when", of, names(field.value));
      else put(rule, "limits", of, field.value.trim() && number(field.value));
    }
    write(terms);
  };
  const arrange = (change) => { const terms = read(); if (!terms) return; terms.rules = terms.rules || []; change(terms.rules); write(terms); draw(); soon(); };

  let timer = 0, latest = 0;
  const preview = async () => {
    const turn = ++latest;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (turn !== latest || !answer || !answer.ok) return;
    shown.innerHTML = await answer.text();
    for (const place of list.querySelectorAll("[data-wrong]")) place.textContent = "";
    for (const field of form.querySelectorAll("[data-term]")) field.removeAttribute("aria-invalid");
    for (const error of shown.querySelectorAll("[data-field]")) {
      const path = error.dataset.field, found = /^rules\[(\d+)\]/.exec(path);
      const place = found && list.children[Number(found[1])];
      if (place) place.querySelector("[data-wrong]").textContent += `${error.textContent} `;
      const field = form.querySelector(`[data-term="${path}"]`);
      if (field) field.setAttribute("aria-invalid", "true");
    }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(preview, 250); };

  form.addEventListener("input", (event) => {
    if (event.target === text) draw(); else if (event.target.dataset.of || event.target.dataset.term) take(event.target);
    soon();
  });
  form.addEventListener("change", (event) => { if (event.target.dataset.of === "kind") draw(); });
  form.addEventListener("click", (event) => {
    const deed = event.target.dataset.do, at = deed ? [...list.children].indexOf(event.target.closest(".tb-rule")) : -1;
    if (event.target.dataset.add !== undefined) arrange((rules) => rules.push({ id: `rule-${rules.length + 1}`, pay: { kind: "percent", rate: "0.10", base: "net" } }));
    else if (deed === "remove") arrange((rules) => rules.splice(at, 1));
    else if (deed) arrange((rules) => { const to = at + (deed === "up" ? -1 : 1); if (to >= 0 && to < rules.length) rules.splice(to, 0, rules.splice(at, 1)[0]); });
  });
  draw();
  preview();
})();
