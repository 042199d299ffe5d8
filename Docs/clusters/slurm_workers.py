"""Workers on SLURM, by dask-jobqueue: runs where jobs can be submitted, until it is stopped.

Not run by the developers, who have no SLURM. `pip install dask-jobqueue` and EchoMeasure with the
extras cohort and inference, the same versions on every node.
"""

from __future__ import annotations

import sys
import threading

from dask_jobqueue import SLURMCluster


def main() -> None:
    """Ask for up to 200 jobs of one core each, and print the address for --scheduler."""
    cluster = SLURMCluster(
        queue="batch",
        cores=1,
        processes=1,
        memory="3GB",
        walltime="08:00:00",
        # Dask's nanny has workers give memory back at once, which halves the speed of torch.
        job_script_prologue=[
            "export MALLOC_MMAP_THRESHOLD_=1073741824",
            "export OMP_NUM_THREADS=1",
        ],
        # Jobs end before their time is over, and their chunks begin elsewhere.
        worker_extra_args=["--lifetime", "450m", "--lifetime-stagger", "20m"],
    )
    cluster.adapt(minimum=1, maximum=200)
    print(cluster.scheduler_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
