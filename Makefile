# Aliases of dev.py, for fingers used to make.  What each does: python3 dev.py
.PHONY: demo test check bench faults lock
demo test check bench faults lock:
	@python3 dev.py $@
