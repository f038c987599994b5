# Aliases of dev.py, for fingers used to make.  What each does: python3 dev.py
.PHONY: demo test check bench faults faithfulness lock
demo test check bench faults faithfulness lock:
	@python3 dev.py $@
