"""Which layers a name stands for: every model of the course as a row of data, decided here alone.

One module per source. `zoo` makes, saves and loads them by name, `net` turns a row into a network;
what sources report about theirs is in `reported`.
"""

from svhn_lib.models.architectures import almenningen, goodfellow, li, marek, own, zylbersztejn

MODELS = {
    config.name: config
    for source in (own, goodfellow, almenningen, li, zylbersztejn, marek)
    for config in source.ROWS
}
