/* The contract editor: cards and JSON are one document. What a card cannot say stays in the JSON untouched. */
(() => {
  const form = document.querySelector("[data-contract]");
  if (!form) return;
  const text = form.querySelector("[name=document]"), shown = form.querySelector("[data-shown]");
  const lists = [...form.querySelectorAll("[data-list]")];
  const STANDARD = { negative: "carry", pinning: "pinned", hold_days: 14, minimum_payout_minor: 0, negative_cap_minor: 0, manual_lines: "obey", converts: false, "clawback.schedule": "full" };
  const NEW = {
    rules: (place) => ({ id: `rule-${place}`, pay: { kind: "percent", rate: "0.10", base: "net" } }),
    levels: (place) => ({ level: place, of: "commission", rate: "0.05" }),
    bonuses: (place) => ({ id: `bonus-${place}`, measure: "period_revenue", reach: 100000, amount_minor: 5000 }),
  };

  const split = (typed, by = ",") => typed.split(by).map((part) => part.trim()).filter(Boolean);
  const number = (typed) => (/^-?\d+$/.test(typed.trim()) ? Number(typed) : typed.trim());
  /* Amounts are shown and typed in the contract's currency; the document holds its smallest unit. */
  const EXPONENTS = JSON.parse(form.dataset.exponents);
  const places = () => EXPONENTS[(read() || {}).currency] ?? 2;
  const amount = (minor) => {
    if (!Number.isSafeInteger(minor)) return String(minor);
    const digits = String(Math.abs(minor)).padStart(places() + 1, "0"), at = digits.length - places();
    return `${minor < 0 ? "-" : ""}${digits.slice(0, at)}${/^0*$/.test(digits.slice(at)) ? "" : `.${digits.slice(at)}`}`;
  };
  const minor = (typed) => {
    const found = /^(-?\d+)(?:\.(\d+))?$/.exec(typed.trim()), part = (found && found[2]) || "";
    const exact = found && part.length <= places() ? Number(found[1] + part.padEnd(places(), "0")) : NaN;
    return Number.isSafeInteger(exact) ? exact : typed.trim();
  };
  const isPlain = (rate) => /^\d+(\.\d+)?$/.test(String(rate));
  const percent = (rate) => {
    if (!isPlain(rate)) return String(rate);
    const [whole, part = ""] = String(rate).split(".");
    const digits = whole + part.padEnd(2, "0"), at = whole.length + 2;
    const plain = `${digits.slice(0, at).replace(/^0+(?=\d)/, "")}.${digits.slice(at)}`.replace(/\.?0*$/, (end) => (end.startsWith(".") ? "" : end));
    return plain || "0";
  };
  const rate = (typed) => {
    const found = /^(\d+)(?:\.(\d+))?$/.exec(typed.trim());
    if (!found) return typed;
    const whole = found[1].padStart(3, "0");
    return `${whole.slice(0, -2).replace(/^0+(?=\d)/, "")}.${whole.slice(-2)}${found[2] || ""}`;
  };
  const colon = (typed) => split(typed).map((pair) => pair.split(":")).map(([left, right = ""]) => [left.trim(), right.trim()]);
  /* How each kind of field is shown and read. An empty one is left out of the document. */
  const AS = {
    text: { show: (value) => value ?? "", read: (typed) => typed.trim() },
    number: { show: (value) => value ?? "", read: (typed) => (typed.trim() ? number(typed) : "") },
    money: { show: (value) => (value === undefined ? "" : amount(value)), read: (typed) => (typed.trim() ? minor(typed) : "") },
    rate: { show: (value) => (value === undefined ? "" : percent(value)), read: (typed) => (typed.trim() ? rate(typed) : "") },
    flag: { show: (value) => String(value ?? false), read: (typed) => typed === "true" },
    names: { show: (value) => (value || []).join(", "), read: (typed) => split(typed) },
    pairs: {
      show: (value) => Object.entries(value || {}).map(([name, values]) => `${name}=${[].concat(values).join("|")}`).join(", "),
      read: (typed) => Object.fromEntries(split(typed).map((pair) => pair.split("=")).map(([name, values = ""]) => [name.trim(), split(values, "|")])),
    },
    caps: {
      show: (value) => (value || []).map((cap) => [cap.per, amount(cap.amount_minor), cap.period].filter((part) => part !== undefined).join(" ")).join(", "),
      read: (typed) => split(typed).map((cap) => cap.split(/\s+/)).map(([per, sum = "", period]) => ({ per, amount_minor: minor(sum), ...(period ? { period } : {}) })),
    },
    steps: {
      show: (value) => (value || []).map((step) => `${step.after_days}: ${percent(step.rate)}`).join(", "),
      read: (typed) => colon(typed).map(([days, part]) => ({ after_days: number(days), rate: rate(part) })),
    },
  };

  const isEmpty = (value) => value === "" || value === undefined || (typeof value === "object" && value !== null && !Object.keys(value).length);
  const get = (from, path) => path.split(".").reduce((found, name) => (found || {})[name], from);
  const put = (into, path, value) => {
    const [name, ...rest] = path.split(".");
    const inner = rest.length ? put({ ...(into[name] || {}) }, rest.join("."), value) : value;
    if (isEmpty(inner)) delete into[name]; else into[name] = inner;
    return into;
  };
  const read = () => { try { const found = JSON.parse(text.value); return found && typeof found === "object" && !Array.isArray(found) ? found : null; } catch { return null; } };
  const write = (terms) => { text.value = JSON.stringify(terms, null, 2); };

  /* Pay: one choice and one text stand for the object. */
  const kindOf = (pay = {}) => {
    if (pay.kind === "percent") return pay.base === "gross" ? "gross" : "net";
    if (pay.kind === "fixed") return pay.per;
    if (pay.kind === "margin_share") return pay.kind;
    if (pay.kind === "hybrid") return (pay.parts || []).every((part) => !["tiered", "json"].includes(part.kind)) ? "hybrid" : "json";
    return pay.kind === "tiered" ? `${pay.measure === "period_count" ? "count_" : ""}${pay.mode}` : "json";
  };
  const isTiered = (kind) => ["past_each", "whole", "all", "count_whole", "count_all"].includes(kind);
  const muchOf = (pay = {}) => {
    if (pay.kind === "fixed") return amount(pay.amount_minor);
    if (pay.kind === "tiered") {
      const from = pay.measure === "period_count" ? String : amount;
      return (pay.tiers || []).map((tier) => `${from(tier.from)}: ${tier.rate === undefined ? amount(tier.amount_minor) : percent(tier.rate)}`).join(", ");
    }
    if (pay.kind === "hybrid") return (pay.parts || []).map((part) => `${muchOf(part)} ${kindOf(part)}`).join(" + ");
    return pay.rate === undefined ? "" : percent(pay.rate);
  };
  const payOf = (kind, much, before) => {
    if (kind === "net" || kind === "gross") return { kind: "percent", rate: rate(much), base: kind };
    if (kind === "margin_share") return { kind, rate: rate(much) };
    if (kind === "order" || kind === "unit") return { kind: "fixed", amount_minor: minor(much), per: kind };
    if (kind === "hybrid") return { kind, parts: split(much, "+").map((part) => part.split(/\s+/)).map(([sum, of = ""]) => payOf(of, sum, { kind: of })) };
    if (!isTiered(kind)) return before;
    const counts = kind.startsWith("count_");
    const tiers = colon(much).map(([from, paid]) => (counts ? { from: number(from), amount_minor: minor(paid) } : { from: minor(from), rate: rate(paid) }));
    return { ...(before && before.period ? { period: before.period } : {}), kind: "tiered", measure: counts ? "period_count" : "period_revenue", mode: kind.replace("count_", ""), tiers };
  };

  /* What a bonus counts says whether it reaches an amount or a number. */
  const asOf = (field, entry) => AS[field.dataset.as === "reach" ? (entry.measure === "period_count" ? "number" : "money") : field.dataset.as || "text"];
  const drawn = (list, entry) => {
    const item = form.querySelector(`template[data-card=${list.dataset.list}]`).content.cloneNode(true).firstElementChild;
    for (const field of item.querySelectorAll("[data-of]")) {
      const path = field.dataset.of;
      if (path === "kind") field.value = kindOf(entry.pay);
      else if (path === "much") { field.value = muchOf(entry.pay); field.readOnly = kindOf(entry.pay) === "json"; }
      else if (path.endsWith("period")) { field.value = get(entry, path) ?? "month"; if (path === "pay.period") field.closest("label").hidden = !isTiered(kindOf(entry.pay)); }
      else field.value = asOf(field, entry).show(get(entry, path));
    }
    for (const more of item.querySelectorAll("details")) {
      const filled = [...more.querySelectorAll("[data-of]")].filter((field) => field.value).length;
      more.querySelector("[data-count]").textContent = filled ? String(filled) : "";
    }
    return item;
  };
  const draw = () => {
    const terms = read();
    if (!terms) return;
    for (const list of lists) {
      const entries = terms[list.dataset.list] || [];
      if (Array.isArray(entries)) list.replaceChildren(...entries.filter((entry) => entry && typeof entry === "object").map((entry) => drawn(list, entry)));
    }
    for (const field of form.querySelectorAll("[data-term]")) {
      field.value = AS[field.dataset.as || "text"].show(get(terms, field.dataset.term) ?? STANDARD[field.dataset.term]);
    }
  };
  const taken = (entry, item, field) => {
    const path = field.dataset.of;
    if (path === "kind" || path === "much") {
      entry.pay = payOf(item.querySelector("[data-of=kind]").value, item.querySelector("[data-of=much]").value, entry.pay);
    } else if (path.endsWith("period")) put(entry, path, field.value === "month" ? "" : field.value);
    else if (path === "id") entry.id = field.value;
    else put(entry, path, asOf(field, entry).read(field.value));
  };
  const take = (field) => {
    const terms = read();
    if (!terms) return;
    if (field.dataset.term) {
      const value = AS[field.dataset.as || "text"].read(field.value), path = field.dataset.term;
      if (path === "starts_at") terms.starts_at = value || null;
      else if (path.includes(".")) { const root = path.split(".")[0]; put(terms, path, path === "clawback.schedule" && value === "full" ? "" : value); terms[root] = terms[root] || {}; }
      else terms[path] = value === "" && ["number", "money"].includes(field.dataset.as) ? 0 : value;
    } else {
      const item = field.closest(".tb-rule"), list = item.parentElement;
      taken(terms[list.dataset.list][[...list.children].indexOf(item)], item, field);
    }
    write(terms);
  };
  const arrange = (name, change) => {
    const terms = read();
    if (!terms) return;
    terms[name] = terms[name] || [];
    change(terms[name]);
    write(terms); draw(); soon();
  };

  const blame = (error) => {
    const path = error.dataset.field, found = /^(rules|levels|bonuses)\[(\d+)\]\.?(.*)$/.exec(path);
    const item = found && form.querySelector(`[data-list=${found[1]}]`).children[Number(found[2])];
    if (!item) {
      const field = form.querySelector(`[data-term="${path.replace(/\[.*/, "")}"]`) || form.querySelector(`[name="${path}"]`);
      if (!field || field === text) return;
      field.setAttribute("aria-invalid", "true");
      const words = field.closest("label");
      if (words && error.querySelector("code")) error.querySelector("code").replaceWith(words.firstChild.textContent.trim(), ":");
      return;
    }
    const name = found[3].replace(/\[.*/, "");
    const field = item.querySelector(`[data-of="${name}"]`) || (name.startsWith("pay") && item.querySelector("[data-of=much]"));
    /* Cards speak of percent and amounts where the document holds a share of one and smallest units. */
    const held = get(read(), path.replace(/\[(\d+)\]/g, ".$1"));
    const unread = path.endsWith("rate") && !isPlain(held) ? form.dataset.noPercent : path.endsWith("_minor") && typeof held === "string" ? form.dataset.noAmount : "";
    const said = unread || error.querySelector("[data-said]").textContent;
    item.querySelector("[data-wrong]").textContent += `${field ? field.closest("label").firstChild.textContent : found[3]}: ${said} `;
    if (field) { field.setAttribute("aria-invalid", "true"); if (field.closest("details")) field.closest("details").open = true; }
  };
  let timer = 0, latest = 0;
  const preview = async () => {
    const turn = ++latest;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (turn !== latest || !answer || !answer.ok) return;
    shown.innerHTML = await answer.text();
    for (const place of form.querySelectorAll("[data-wrong]")) place.textContent = "";
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    for (const error of shown.querySelectorAll("[data-field]")) blame(error);
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(preview, 250); };

  form.addEventListener("input", (event) => {
    if (event.target === text) draw(); else if (event.target.dataset.of || event.target.dataset.term) take(event.target);
    soon();
  });
  form.addEventListener("change", (event) => { if (["kind", "measure"].includes(event.target.dataset.of) || event.target.dataset.term === "currency") draw(); });
  form.addEventListener("click", (event) => {
    const { add, deed } = { add: event.target.dataset.add, deed: event.target.dataset.do };
    if (add) return arrange(add, (entries) => entries.push(NEW[add](entries.length + 1)));
    if (!deed) return;
    const item = event.target.closest(".tb-rule"), list = item.parentElement, at = [...list.children].indexOf(item);
    arrange(list.dataset.list, (entries) => {
      if (deed === "remove") return entries.splice(at, 1);
      const to = at + (deed === "up" ? -1 : 1);
      return to >= 0 && to < entries.length && entries.splice(to, 0, entries.splice(at, 1)[0]);
    });
  });
  draw();
  for (const error of form.querySelectorAll("[data-refused]")) blame(error);
  preview();
})();
