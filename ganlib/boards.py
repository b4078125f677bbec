"""Reports to TensorBoard, for those who have it."""

from pathlib import Path

from ganlib.errors import GanlibError
from ganlib.runlog import Report


class TensorBoard:
    """Writes every number of a report to `folder`, over the images seen: "d_game" as "d/game".

    `tensorboard --logdir FOLDER` shows them. What a resumed run reports again takes the place of
    what was there. GanlibError if TensorBoard is not installed, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise GanlibError(
                "TensorBoard is not installed; get it with `pip install 'ganlib[tensorboard]'` (in "
                "a copy of the repository: `pip install -e '.[tensorboard]'`), or train without "
                "--tensorboard: log.csv holds the same numbers."
            ) from error
        self.folder = Path(folder)
        self._make = SummaryWriter
        self._writer: SummaryWriter | None = None

    def __call__(self, report: Report) -> None:
        images = int(report["images"])
        try:
            if self._writer is None:
                # Only now is it known where the run goes on: later events are of a part cut short.
                self._writer = self._make(str(self.folder), purge_step=images)
            for name, value in report.items():
                player = name[:2] in ("d_", "g_")
                tag = name.replace("_", "/", 1) if player else f"run/{name}"
                self._writer.add_scalar(tag, value, images)
            self._writer.flush()
        except OSError as error:
            raise GanlibError(
                f"could not write {self.folder}: {error.strerror or error}."
            ) from error
