"""Questions and their answers; recommendations, their parts, and what became of them."""

from openscrutiny.accountability.models.parts import (
    EvidenceItem,
    Part,
    PartDraft,
    PartResponse,
    Plan,
    ProgressUpdate,
    Verification,
)
from openscrutiny.accountability.models.questions import (
    Assessment,
    Pause,
    Question,
    Response,
    ResponseDraft,
)
from openscrutiny.accountability.models.recommendations import Limb, Recommendation

__all__ = [
    "Assessment",
    "EvidenceItem",
    "Limb",
    "Part",
    "PartDraft",
    "PartResponse",
    "Pause",
    "Plan",
    "ProgressUpdate",
    "Question",
    "Recommendation",
    "Response",
    "ResponseDraft",
    "Verification",
]
