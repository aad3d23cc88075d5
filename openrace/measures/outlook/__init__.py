"""Five things to watch: an indicator of each, its reading, which way it moves, when it is due.

The indicators stand in the table `outlook_indicators`. A direction is told
only where it is more than noise: the range of the reading and that of the earlier one do not
overlap, and no reading between them lies beyond the newest. The earlier reading is the last one
at least so many days older as the table says, so that no month is picked for its value.

Readings are in `readings`, the table of the five in `board`, numbers in `numbers`.
"""

from openrace.measures.outlook.board import board, compare, figure
from openrace.measures.outlook.numbers import numbers
from openrace.measures.outlook.readings import COLUMNS, readings

__all__ = ["COLUMNS", "SOURCES", "board", "compare", "figure", "numbers", "readings"]

#: The tables whose days the chapter can stand at; the list of prices is the one refreshed last,
#: so that overdue is told as of the newest day of the whole book.
SOURCES = (
    *("restrictions", "enterprise_surveys", "trending_daily", "trending_top1000_daily"),
    *("hub_uploads", "capability_index", "list_prices"),
)
