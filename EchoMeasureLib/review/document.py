"""The saved truth: one JSON document per study, with one layer per reviewer.

Its form is `review.schema.json`. Saving replaces the reviewer's own layer and
nothing else; what is damaged, newer or of another study is refused and left alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from EchoMeasureLib.documents import parse_json, read_text
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, OutputProblem
from EchoMeasureLib.fields import Fields, cleaned, refuse
from EchoMeasureLib.files import write_text
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.names import file_name
from EchoMeasureLib.review import entering
from EchoMeasureLib.review.image_records import image_record, parse_image
from EchoMeasureLib.review.images import ImageFacts, are_of_one_patient, image_key
from EchoMeasureLib.review.layer_records import Record, document_record, layer_record, parse_layer
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.ledger import Clock, iso, utc_now
from EchoMeasureLib.review.migrations import migrated
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.review.storage import PATIENCE_S, locked
from EchoMeasureLib.review.writing import Writer, laid_out

MOST_BYTES = 128 << 20
"""Of a review: a hundred thousand calipers. Each takes a kilobyte, and reading a tenth of a
millisecond and three kilobytes of memory."""

KEPT, MOST_KEPT = 4, 8 << 20
"""So many documents are kept as they were read, of so many characters at most: whoever opens the
next image of a study, looks for other reviewers or saves reads the same text again."""

_kept: OrderedDict[bytes, Document] = OrderedDict()
"""By the hash of the text; the one used last at the end. A document is never changed."""


@dataclass(frozen=True, slots=True)
class Document:
    """A review file, read and checked."""

    images: Mapping[str, ImageFacts]
    """By their keys, in the order in which they came."""
    layers: Mapping[str, Layer]
    """By reviewer."""
    revision: int
    """How many times it has been written."""
    record: Record
    """The JSON as it was read, brought up to the present form."""

    @property
    def latest(self) -> Layer:
        """The layer that was saved last."""
        return max(self.layers.values(), key=lambda layer: layer.saved)

    def layer(self, reviewer: str | None = None) -> Layer:
        """The layer of this reviewer; the one saved last where none is named.

        Raises `InvalidArgument` when the reviewer has none.
        """
        if reviewer is None:
            return self.latest
        if reviewer not in self.layers:
            raise InvalidArgument(
                f"The document has no review by '{reviewer}'.",
                f"It has those of: {', '.join(self.layers)}.",
            )
        return self.layers[reviewer]


def save(
    review: Review, path: Path, clock: Clock = utc_now, patience_s: float = PATIENCE_S
) -> None:
    """Write the reviewer's layer into the document, whole or not at all.

    Raises `InvalidDocument` when the file there is damaged, of another study, or
    holds work of the same reviewer that this review does not know; `OutputProblem`
    when it cannot be written.
    """
    Saver(review, path, clock).save(patience_s)


class Saver:
    """Saves one review to one place again and again, and knows the file again that it wrote."""

    def __init__(self, review: Review, path: Path, clock: Clock = utc_now) -> None:
        self.path = Path(path)
        self.met_others = False
        """Whether other reviewers' work was found there that this one had not seen."""
        self._review = review
        self._clock = clock
        self._written: tuple[bytes, Record] | None = None

    def save(self, patience_s: float = PATIENCE_S) -> None:
        """As the function `save`; waits up to `patience_s` seconds for another writer.

        Raises as that does; `OutputProblem` also for a review that has outgrown a document.
        """
        layer = self._review.layer()
        images = [image_record(facts) for facts in self._review.images.values()]
        with locked(self.path, patience_s) as check:
            present = self._present(layer)
            own = layer_record(layer, iso(self._clock))
            document = document_record(present, images, own)
            text = laid_out(document)
            if len(text.encode()) > MOST_BYTES:
                raise OutputProblem(
                    f"The review has grown larger than {MOST_BYTES >> 20} MB, which nobody could "
                    "open again.",
                    "Begin another one for the images that follow.",
                )
            write_text(self.path, text, check, durable=True)
        self._written = sha256(text.encode()).digest(), document

    def _present(self, layer: Layer) -> Record | None:
        """What is in the file, checked, unless it is what this saver wrote last."""
        if not self.path.exists():
            return None
        text = read_text(self.path, MOST_BYTES)
        if self._written is not None and sha256(text.encode()).digest() == self._written[0]:
            return self._written[1]
        present = parse(text, str(self.path))
        _check_same_study(self.path, present, self._review.images.values())
        _check_known(self.path, present, layer)
        self.met_others = any(name != layer.reviewer for name in present.layers)
        return present.record


def dumps(review: Review, clock: Clock = utc_now) -> str:
    """A document with this review as its only layer, as text; its form is `review.schema.json`."""
    return Writer(review, clock).text()


def load(path: Path, cine: Cine, reviewer: str | None = None, clock: Clock = utc_now) -> Review:
    """The review of `reviewer` as it was saved, with `cine` open and first among its images.

    Raises `InvalidDocument` for a missing or damaged file or one that belongs to other images; else
    as `resume`.
    """
    document = read_document(Path(path))
    key = image_key(cine)
    if key not in document.images:
        raise InvalidDocument(
            f"{Path(path).name} is a review of image {_listed(document.images)}; "
            f"the open image is {key}.",
            "Open the image it belongs to, or begin a new review.",
        )
    return resume(document, cine, reviewer, clock)


def resume(
    document: Document, cine: Cine, reviewer: str | None = None, clock: Clock = utc_now
) -> Review:
    """The review of `reviewer` in a document of this image, or of others of its study.

    As `resume_closed`, with `cine` open and first among the images. Raises as that, and
    `InvalidArgument` for an image that is not as the document knows it.
    """
    review = resume_closed(document, reviewer, clock, first=image_key(cine))
    review.add_cine(cine)
    return review


def resume_closed(
    document: Document, reviewer: str | None = None, clock: Clock = utc_now, first: str = ""
) -> Review:
    """The review of `reviewer` in a document, with no image open and `first` before the others.

    Without `reviewer` the document must hold one layer only (else `InvalidArgument`). A reviewer
    who has none begins with the networks' calipers, unreviewed, and with the calibration and the
    subject of the layer saved last; never with another reviewer's decisions.
    """
    images = sorted(document.images.values(), key=lambda facts: facts.key != first)
    layer = _chosen_layer(document, reviewer)
    if layer is not None:
        return Review.resume(images, layer, clock)
    return Review.begin_from(images, document.latest, reviewer or "", clock)


def concerns(document: Document, cine: Cine) -> bool:
    """Whether a document is about this image, or about others of the same study."""
    study = cine.identity.study_instance_uid
    if not are_of_one_patient((*document.images.values(), ImageFacts.of(cine))):
        return False
    return image_key(cine) in document.images or any(
        study and facts.identity.study_instance_uid == study for facts in document.images.values()
    )


def without_layer(document: Document, reviewer: str) -> str | None:
    """The document without the work of one reviewer, as text; None when nothing is left."""
    layers = [layer for layer in document.record["layers"] if layer["reviewer"] != reviewer]
    if not layers:
        return None
    revision = document.revision + 1
    return laid_out({**document.record, "layers": layers, "revision": revision})


def read_document(path: Path, without: str = "") -> Document:
    """Read and check a document. Raises `InvalidDocument` naming what is wrong and where.

    The layer of the reviewer named in `without` may be left out, unchecked: whoever wrote it at
    every step need not read it as often.
    """
    return parse(read_text(Path(path), MOST_BYTES), str(path), without)


def parse(text: str, name: str, without: str = "") -> Document:
    """As `read_document`, of a text that is called `name`. Raises `InvalidDocument`."""
    if len(text) > MOST_BYTES:
        raise InvalidDocument(f"{name} is larger than any review.", "It is left as it is.")
    key = sha256(text.encode(errors="surrogatepass")).digest()
    found = _kept.pop(key, None)
    if found is None:
        found = checked(parse_json(text, name), without)
        if without or len(text) > MOST_KEPT:
            return found
    _kept[key] = found
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return found


def checked(value: Any, without: str = "") -> Document:
    """As `read_document`, of the JSON of a document. Raises `InvalidDocument`."""
    record = migrated(cleaned(value))
    fields = Fields(record, "")
    fields.text("notice")
    images = {facts.key: facts for facts in map(parse_image, fields.objects("images"))}
    if not are_of_one_patient(images.values()):
        refuse("images", "they are of two patients")
    layers: dict[str, Layer] = {}
    for item, written in zip(fields.objects("layers"), record["layers"], strict=True):
        if without and item.text("reviewer").strip() == without:
            continue
        layer = parse_layer(item, images)
        written["reviewer"] = layer.reviewer
        if layer.reviewer in layers:
            refuse("layers", f"{layer.reviewer} has two layers")
        layers[layer.reviewer] = layer
    if not (images and record["layers"]):
        refuse("layers", "the document is empty")
    return Document(images, layers, fields.integer("revision", 1), record)


def suggested_name(cine: Cine, what: str = "review", ending: str = ".json") -> str:
    """A name for a file about the study of an image, which it tells by the UID, never by a person.

    `what` the file is, in a plain word.
    """
    key = cine.identity.study_instance_uid or image_key(cine).replace(":", "-")[:40]
    return file_name(key, f"echomeasure-{what}-", ending)


def _chosen_layer(document: Document, reviewer: str | None) -> Layer | None:
    if reviewer is not None:
        return document.layers.get(entering.name(reviewer))
    if len(document.layers) > 1:
        raise InvalidArgument(
            f"The document holds the work of {', '.join(document.layers)}.", "Name the reviewer."
        )
    return next(iter(document.layers.values()))


def _check_same_study(path: Path, present: Document, images: Iterable[ImageFacts]) -> None:
    ours = {facts.key: facts for facts in images}
    if not are_of_one_patient((*ours.values(), *present.images.values())):
        raise InvalidDocument(
            f"{path.name} is a review of another patient, whose study has the same UID.",
            "Save under another name.",
        )
    if ours.keys() & present.images.keys():
        return
    known = {facts.identity.study_instance_uid for facts in present.images.values()} - {""}
    wanted = {facts.identity.study_instance_uid for facts in ours.values()} - {""}
    if known & wanted:
        return
    raise InvalidDocument(
        f"{path.name} is a review of image {_listed(present.images)}; "
        f"the open image is {_listed(ours)}, of another study.",
        "Save under another name.",
    )


def _check_known(path: Path, present: Document, layer: Layer) -> None:
    """The audit trail in the file must be the beginning of ours, or work would be lost."""
    saved = present.layers.get(layer.reviewer)
    if saved is not None and layer.audit[: len(saved.audit)] != saved.audit:
        raise InvalidDocument(
            f"{path.name} holds work of {layer.reviewer} that this session does not know "
            f"(saved {saved.saved}).",
            "Load it and go on from there, or save under another name.",
        )


def _listed(images: Mapping[str, ImageFacts]) -> str:
    keys = list(images)
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
