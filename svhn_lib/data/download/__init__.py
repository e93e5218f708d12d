"""What can be downloaded: a catalogue of files, and transfers that are verified and resumed."""

from svhn_lib.data.download.catalogue import SOURCES, download
from svhn_lib.data.download.published import DownloadError, RemoteFile, Source
from svhn_lib.data.download.transfer import RetryPolicy

__all__ = ["SOURCES", "DownloadError", "RemoteFile", "RetryPolicy", "Source", "download"]
