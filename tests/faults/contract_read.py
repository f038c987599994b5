"""The contract, read before daemons are forked: each of them has it then, and none reads it again.

Imported for that by the server of `tests.faults.installation`, and by nobody else.
"""

from tests.contract_watch import own_contract
from zone.api.resources.routes import ROUTES

for route in ROUTES:
    own_contract().answer(route)
own_contract().read_events()
