"""Into which few groups the Hub's many tasks, sizes and licences are counted.

The Hub's tasks are those of https://huggingface.co/tasks; licences go by the Hub's own short
names. What is in no list is `other` (a task) or `other terms` (a licence); what is not declared is
unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Each group's tasks, in one text.
TASKS: Mapping[str, str] = {
    "language": (
        "text-generation text2text-generation conversational translation summarization "
        "question-answering table-question-answering text-to-code"
    ),
    "multimodal": (
        "image-text-to-text any-to-any video-text-to-text audio-text-to-text "
        "visual-question-answering document-question-answering image-to-text "
        "visual-document-retrieval"
    ),
    "images and video": (
        "text-to-image image-to-image text-to-video image-to-video video-to-video "
        "image-text-to-image image-text-to-video text-to-3d image-to-3d "
        "unconditional-image-generation"
    ),
    "audio": (
        "automatic-speech-recognition text-to-speech text-to-audio audio-to-audio "
        "audio-classification voice-activity-detection"
    ),
    "text understanding": (
        "text-classification token-classification fill-mask sentence-similarity "
        "feature-extraction text-ranking zero-shot-classification"
    ),
    "vision": (
        "image-classification object-detection image-segmentation image-feature-extraction "
        "zero-shot-image-classification zero-shot-object-detection mask-generation "
        "depth-estimation video-classification keypoint-detection"
    ),
}

#: Least number of parameters of each class of size, largest first.
SIZES: Mapping[str, int] = {
    "100B and more": 100_000_000_000,
    "10B to 100B": 10_000_000_000,
    "1B to 10B": 1_000_000_000,
    "under 1B": 1,
}

#: Licences, in one text: that ask little more than credit, or to share alike, or bar commerce.
LICENCES: Mapping[str, str] = {
    "permissive": (
        "apache-2.0 mit bsd bsd-2-clause bsd-3-clause afl-3.0 isc bsd-3-clause-clear "
        "cc-by-4.0 cc-by-3.0 cc-by-2.0 cc-by-2.5 cc0-1.0 unlicense wtfpl artistic-2.0 ms-pl "
        "zlib bsl-1.0 ncsa postgresql openmdw-1.0 openmdw-1.1 cdla-permissive-1.0 "
        "cdla-permissive-2.0 pddl odc-by"
    ),
    "share-alike": (
        "gpl gpl-2.0 gpl-3.0 agpl-3.0 lgpl lgpl-2.1 lgpl-3.0 lgpl-lr cc-by-sa-3.0 "
        "cc-by-sa-4.0 mpl-2.0 eupl-1.1 eupl-1.2 epl-1.0 epl-2.0 osl-3.0 odbl cdla-sharing-1.0 "
        "gfdl"
    ),
    "non-commercial": (
        "cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 "
        "cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 apple-amlr "
        "fair-noncommercial-research-license intel-research"
    ),
}
