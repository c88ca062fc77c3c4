// The two-line embed: tells the brand where a visitor came from, and stores nothing before consent.
// Budget: 1,000 bytes gzipped (tests/widget); the odd short form below is bought by that.
export {};

type Lead = { email?: string; name?: string; phone?: string; message?: string; offer?: string; country?: string; metadata?: Record<string, string> };
// What an event may carry beside its type; the server refuses other names.
type Props = Record<string, unknown>;
type Api = {
  track(type: string, props?: Props): void;
  lead(lead: Lead): Promise<unknown>;
  consent(given: boolean): void;
  visitor(): string;
};
type Host = Window & { tributary?: Api; dataLayer?: Record<number, any>[] };

// Everything lives in this block, so that no name reaches the page.
// A fault of ours, or a browser too old for us, is never a fault of the page that embeds us.
try {
  // The consent mode is what the page says until consent() says otherwise.
  let {
    src,
    dataset: { site, consent: mode, placement },
  } = document.currentScript as HTMLScriptElement;
  const { origin } = new URL(src);
  const param = (name: string) => new URLSearchParams(location.search).get(name);
  const via = param("via") || param("ref");

  const random = () => crypto.randomUUID();
  let own = "vis_" + random();

  const visitor = () => {
    try {
      let state = mode;
      // Google Consent Mode: a queue of ("consent", "default" | "update", {…}); later entries win.
      if (mode == "auto")
        for (const entry of (self as Host).dataLayer || []) if (entry[0] == "consent") state = entry[2].ad_storage || state;
      if (state == "granted") localStorage.tributary = own = localStorage.tributary || own;
      else if (mode == "none") delete localStorage.tributary;
    } catch {} // Storage is blocked: the id lives as long as the page.
    return own;
  };

  const post = (path: string, body: object) =>
    fetch(origin + "/w/v1/" + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      credentials: "omit",
      keepalive: true,
      // What is empty is left out.
      body: JSON.stringify({ site, visitor: visitor(), ...body }, (_, value) => value || undefined),
    });

  const track = (type: string, props?: Props) => {
    const utm: Record<string, string | null> = {};
    for (const name of ["source", "medium", "campaign", "term", "content"]) utm[name] = param("utm_" + name);
    post("events", {
      events: [
        {
          id: random(),
          type,
          at: new Date(),
          url: location.href,
          referrer: document.referrer,
          via,
          utm,
          click_id: param("gclid") || param("fbclid") || param("tclid"),
          placement,
          ...props,
        },
      ],
    }).catch(() => {});
  };

  const lead = (lead: Lead) =>
    post("leads", { lead }).then((answer) =>
      answer.json().then((said) => {
        if (answer.ok) return said;
        throw said;
      }),
    );

  const note = document.createElement("p");
  let opened = false;
  const react = (event: Event) => {
    const found = (event.target as Element).closest?.("a,[data-tributary-lead]") as any;
    if (found?.origin == origin) {
      // Decorated as late as possible, so that the id is the one consent allows now.
      if (event.type != "focusin") {
        const to = new URLSearchParams(found.search);
        to.set("tv", visitor());
        if (via) to.set("via", via);
        found.search = to;
        track("click");
      }
    } else if (found?.method) {
      if (event.type == "submit") {
        event.preventDefault();
        const given: Record<string, unknown> = {};
        for (const name of ["email", "name", "phone", "message", "offer", "country"]) given[name] = found[name]?.value;
        lead(given)
          .then(
            () => ["status", found.dataset.success || "Thank you."],
            (refusal) => ["alert", found.dataset.error || refusal.message],
          )
          .then((said) => {
            [note.role, note.textContent] = said;
            found.append(note);
          });
      } else if (!opened) {
        // From here on another partner's late click cannot take over this lead.
        opened = true;
        track("lead_form_opened");
      }
    }
  };
  for (const type of ["click", "auxclick", "focusin", "submit"]) addEventListener(type, react, true);

  // A choice made on this page counts even when nothing else happens before it is left.
  addEventListener("pagehide", visitor);

  (self as Host).tributary = {
    track,
    lead,
    visitor,
    consent: (given) => {
      mode = given ? "granted" : "none";
      visitor();
    },
  };
  track("page_view");
} catch {}
