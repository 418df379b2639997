"""Puts what pages need into build/assets: one stylesheet, the typeface and our own scripts.

The GOV.UK Design System's stylesheet is used without its typeface, crest and icons, which belong to
GOV.UK alone. Run it after ``npm ci`` and whenever app.css changes.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "openscrutiny" / "base" / "static_source"
FACE = "Atkinson Hyperlegible Next Variable"
FONT_FILES = (
    "atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "atkinson-hyperlegible-next-latin-ext-wght-normal.woff2",
)
_FONT_FACE = re.compile(r"/\*![^*]*Margaret Calvert.*?\*/|@font-face\{[^}]*\}", re.DOTALL)


def without_brand(css: str) -> str:
    """The design system's rules with our typeface and none of its own files."""
    stripped = _FONT_FACE.sub("", css).replace("GDS Transport,arial", f"{FACE},arial")
    stripped = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", stripped)
    left = re.findall(r"GDS Transport|url\((?!data:)[^)]*\)", stripped)
    # The crest is only used by a footer component that no page of ours has.
    stripped = re.sub(r"url\(/assets/images/[^)]*\)", "none", stripped)
    if any("fonts/" in found or "Transport" in found for found in left):
        raise SystemExit(f"The design system's stylesheet still names its own fonts: {left}.")
    return stripped


def build(node_modules: Path, target: Path) -> Path:
    """Write ``site.css``, the font files and our own files; returns the stylesheet's path."""
    govuk = node_modules / "govuk-frontend" / "dist" / "govuk" / "govuk-frontend.min.css"
    fonts = node_modules / "@fontsource-variable" / "atkinson-hyperlegible-next" / "files"
    for needed in (govuk, fonts):
        if not needed.exists():
            raise SystemExit(f"{needed} is not there. Run “npm ci” first.")
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    for name in FONT_FILES:
        shutil.copyfile(fonts / name, target / "fonts" / name)
    parts = [without_brand(govuk.read_text(encoding="utf-8"))]
    parts += [p.read_text(encoding="utf-8") for p in sorted(OWN.glob("*.css"))]
    sheet = target / "site.css"
    sheet.write_text("\n".join(parts), encoding="utf-8")
    for own in (OWN / "mark.svg", *sorted(OWN.glob("*.js"))):
        shutil.copyfile(own, target / own.name)
    # A script in parts is served as one: a part would have no hash of its own in its address.
    for folder in sorted(one for one in OWN.iterdir() if one.is_dir()):
        script = "\n".join(p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.js")))
        (target / f"{folder.name}.js").write_text(script, encoding="utf-8")
    return sheet


if __name__ == "__main__":
    written = build(ROOT / "node_modules", ROOT / "build" / "assets")
    print(f"{written.relative_to(ROOT)}: {written.stat().st_size:,} bytes", file=sys.stderr)
