"""`python3 dev.py bench numbers`: which texts are found to hold an Individual Number, which not."""

import random
import time
from collections import Counter
from collections.abc import Callable

from bench.number_corpus import corpus
from relay.transform.individual_numbers import count_individual_numbers

SEED, INDIVIDUALS, OTHERS = 2026, 20_000, 20_000


async def numbers(report: Callable[[str], None]) -> None:
    """Print precision and recall over the corpus, and what a character costs."""
    samples = corpus(SEED, INDIVIDUALS, OTHERS)
    random.Random(SEED).shuffle(samples)
    began = time.perf_counter()
    found = [bool(count_individual_numbers(sample.text)) for sample in samples]
    spent = time.perf_counter() - began
    judged = list(zip(samples, found, strict=True))
    right = sum(sample.is_individual for sample, is_found in judged if is_found)
    report(f"precision {right / sum(found):.4f}, recall {right / INDIVIDUALS:.4f}")
    report(f"{1e9 * spent / sum(len(sample.text) for sample in samples):.0f} ns a character")
    for kind, count in sorted(Counter(sample.kind for sample in samples).items()):
        of_kind = sum(is_found for sample, is_found in judged if sample.kind == kind)
        report(f"{kind:20} {count:6} texts, {of_kind:6} found")
