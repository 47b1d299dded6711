"""Two boards with one identity: how a card is copied, and what is said of it."""
import os
import shutil

from .waiting import wait_for

# By the board that stays out, and by a manager.
STAYS_OUT = "another board runs with this node's identity (a copied SD card?): this one stays out"
KEPT_OUT = "runs with its identity (a copied SD card?) and is kept out"


def copy_card(lab, original, name):
    """A board that is off, with the original's card as it is now."""
    board = lab.board(name)
    board.stop_daemon()
    # The store is open: it is taken until nothing changes meanwhile, as a card reader would see it after a sync.
    store, taken = os.path.join(original.data_dir, "store"), os.path.join(board.data_dir, "store")

    def files(folder):
        return {file: open(os.path.join(folder, file), "rb").read() for file in os.listdir(folder)
                if os.path.isfile(os.path.join(folder, file))}

    def is_copied():
        shutil.rmtree(board.data_dir, ignore_errors=True)
        shutil.copytree(original.data_dir, board.data_dir, symlinks=True,
                        ignore=shutil.ignore_patterns("images", "tasks", "volumes", "containers"))
        return files(store) == files(taken)

    wait_for("a copy of the card", is_copied)
    return board
