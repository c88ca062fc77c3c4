"""What keeps a person out of a page: axe's rules for WCAG 2.2 AA, of which none serious or critical may be broken."""

from importlib.resources import files

from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
# Most of axe's time goes into contrast, so of all that is painted alike it is asked about the first and the last only.
# A frame shows a document of its own, which is looked at where it is a page.
ASK = """async (all) => {
  for (const moving of document.getAnimations()) {
    try { moving.finish(); } catch { moving.cancel(); }  // a colour on its way is none to judge
  }
  const painted = new Map();
  for (const one of document.querySelectorAll("body *")) {
    const says = one.value || one.placeholder
      || [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const {width, height} = one.getBoundingClientRect();
    if (!says || width < 2 || height < 2 || one.closest("iframe") || !one.checkVisibility()) continue;
    const {color, fontSize, fontWeight} = getComputedStyle(one);
    const look = [color, fontSize, fontWeight, one.closest("[disabled], [aria-disabled=true]") !== null];
    for (let at = one; at; at = at.parentElement) {
      const {backgroundColor, backgroundImage, opacity} = getComputedStyle(at);
      look.push(opacity, backgroundImage, backgroundColor);
      if (/^rgb\\(/.test(backgroundColor)) break;
    }
    const key = look.filter((each) => !["1", "none", "rgba(0, 0, 0, 0)"].includes(each)).join(" ");
    painted.set(key, [painted.get(key)?.[0] ?? one, one]);
  }
  for (const one of [...painted.values()].flat()) one.setAttribute("data-painted", "");
  axe.configure({rules: [{id: "color-contrast", selector: "[data-painted]"}]});
  const told = await axe.run({exclude: ["iframe"]}, {
    runOnly: all ? ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] : ["color-contrast"],
    resultTypes: ["violations"], preload: false,
  });
  const serious = told.violations.filter((rule) => ["serious", "critical"].includes(rule.impact));
  return serious.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id} at ${node.target}: ${rule.help}. ${node.failureSummary}\\n  ${node.html.slice(0, 200)}`));
}"""


def barriers(page: Page, *, only_colours: bool = False) -> list[str]:
    """Return what stands in somebody's way on the page as it is shown: the rule, the place, what would help.

    Colours differ between light and dark and everything else does not: a second scheme is asked for `only_colours`.
    """
    page.evaluate(f"window.axe ? null : (() => {{ {AXE} }})()")
    found: list[str] = page.evaluate(ASK, not only_colours)
    return found
