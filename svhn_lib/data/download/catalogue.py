"""The data sets that can be downloaded, with mirrors, sizes and checksums, and `download`.

How one is brought is in `fetch.py` and `transfer.py`; nothing here reads the data.
"""

from pathlib import Path

from svhn_lib.data.download.fetch import MANIFEST, Progress, download_source
from svhn_lib.data.download.published import DownloadError, RemoteFile, Source
from svhn_lib.data.download.transfer import RetryPolicy

__all__ = [
    "MANIFEST",
    "SOURCES",
    "DownloadError",
    "RemoteFile",
    "RetryPolicy",
    "Source",
    "download",
]


def _svhn_file(name: str, size: int, *checksums: str) -> RemoteFile:
    place = f"ufldl.stanford.edu/housenumbers/{name}"
    return RemoteFile(name, size, checksums, (f"http://{place}", f"https://{place}"))


def _svhn_split(split: str, size: int, checksum: str) -> Source:
    file = _svhn_file(f"{split}.tar.gz", size, checksum)
    return Source(f"svhn-{split}", f"svhn/{split}", (file,), archive=True)


def _mnist_file(name: str, size: int, *checksums: str) -> RemoteFile:
    places = (
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "https://raw.githubusercontent.com/fgnt/mnist/master",
    )
    return RemoteFile(name, size, checksums, tuple(f"{place}/{name}" for place in places))


# SVHN (Netzer et al. 2011, "Reading Digits in Natural Images with Unsupervised Feature Learning")
# is free for non-commercial use. Its authors publish no checksums. Sizes and SHA-256 are those of
# Hugging Face datasets (datasets/svhn/dataset_infos.json) and, for MNIST, TensorFlow Datasets
# (url_checksums/mnist.txt); MD5 those of torchvision (datasets/svhn.py, datasets/mnist.py).
_ALL = (
    _svhn_split(
        "train",
        404_141_560,
        "sha256:4b17bb33b6cd8f963493168f80143da956f28ec406cc12f8e5745a9f91a51898",
    ),
    _svhn_split(
        "test",
        276_555_967,
        "sha256:57ac9ceb530e4aa85b55d991be8fc49c695b3d71c6f6a88afea86549efde7fb5",
    ),
    _svhn_split(
        "extra",
        1_955_489_752,
        "sha256:e857e27d1e65bd1e7d3959b094061777f6506bbc39889a0df3bba6a729d60f9c",
    ),
    Source(
        "svhn-digits",
        "svhn-digits",
        (
            _svhn_file(
                "train_32x32.mat",
                182_040_794,
                "md5:e26dedcc434d2e4c54c9b2d4a06d8373",
                "sha256:435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
            ),
            _svhn_file(
                "test_32x32.mat",
                64_275_384,
                "md5:eb5a983be6a315427106f1b164d9cef3",
                "sha256:cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
            ),
            _svhn_file(
                "extra_32x32.mat",
                1_329_278_602,
                "md5:a93ce644f1a588dc4d68dda5feec44a7",
                "sha256:a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3",
            ),
        ),
    ),
    Source(
        "mnist",
        "mnist",
        (
            _mnist_file(
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            _mnist_file(
                "train-labels-idx1-ubyte.gz",
                28_881,
                "md5:d53e105ee54ea40749a09fcbcd1e9432",
                "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            _mnist_file(
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "md5:9fb629c4189551a2d022fa330f9573f3",
                "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            _mnist_file(
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "md5:ec29112dd5afa0611ce80d1b7f02629c",
                "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ),
    ),
)
SOURCES = {source.name: source for source in _ALL}


def download(
    source: str | Source,
    root: str | Path,
    progress: Progress = lambda done, total: None,
    policy: RetryPolicy | None = None,
) -> Path:
    """Bring a data set into the data folder, verified, and do nothing if it is there already.

    Under `root` lie afterwards `svhn/train`, `svhn/test`, `svhn/extra` (each with
    `digitStruct.mat` and the PNG files), `svhn-digits/*.mat` and `mnist/*.gz`, and in each of these
    folders, written last, the manifest `download.json`. A cut download is gone on with by the next
    call. A file that a person has put in its place by hand (an archive beside its folder:
    `svhn/train.tar.gz`) is verified and used; a downloaded archive is deleted once unpacked. Where
    another process brings the same data set, this one waits for it.

    Args:
        source: a name in `SOURCES`, or a source of one's own.
        root: the data folder, made where missing.
        progress: called with (bytes at hand, bytes in all); the first falls where a transfer has
            to start anew.
        policy: tries, pauses and time limit of a mirror.

    Returns:
        The folder of the data set.

    Raises:
        ValueError: no source has this name.
        DownloadError: it could not be brought; the message says what to do.

    Example:
        >>> SOURCES["mnist"].folder
        'mnist'
        >>> download("usps", "data")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ValueError: no data set is called 'usps'; there are: ...
    """
    if isinstance(source, str):
        if source not in SOURCES:
            raise ValueError(f"no data set is called {source!r}; there are: {', '.join(SOURCES)}")
        source = SOURCES[source]
    return download_source(source, Path(root), progress, policy or RetryPolicy())
