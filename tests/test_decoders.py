"""Decoders that write token by token: what they are given, what they see, what they learn from."""

import pytest
import torch
from torch.nn import functional as F

from svhn_lib.labels import END, IGNORED, START, encode, encode_tokens
from svhn_lib.losses import LossSettings, token_loss, total_loss
from svhn_lib.models import zoo
from svhn_lib.models.decoders import AttentionDecoder, LSTMDecoder, TokenHead, TokenLogits

KINDS = {
    "lstm": lambda: LSTMDecoder((4, 2, 5), hidden=(6,), embedding=3, units=7, dropout=0.3),
    "attention": lambda: AttentionDecoder((4, 2, 5), embedding=3, units=7, dropout=0.3),
}


@pytest.fixture(params=KINDS)
def decoder(request):
    torch.manual_seed(0)
    return KINDS[request.param]()


def test_tokens_by_hand():
    given, answers = encode_tokens(*encode(["257", "", "90210"]))
    assert given.tolist() == [
        [START, 2, 5, 7, END, END],
        [START, END, END, END, END, END],
        [START, 9, 0, 2, 1, 0],
    ]
    no = IGNORED
    assert answers.tolist() == [
        [2, 5, 7, END, no, no],
        [END, no, no, no, no, no],
        [9, 0, 2, 1, 0, END],
    ]


def test_truth_fed_logits_are_those_of_single_steps(decoder):
    decoder.eval()
    features = torch.randn(3, 4, 2, 5)
    given, _ = encode_tokens(*encode(["12", "3", "98765"]))
    whole = TokenHead(decoder, None)(features, given)
    assert whole.tokens.shape == (3, 6, 12)
    state = decoder.begin(features)
    for step in range(6):
        scores, weights, state = decoder.step(given[:, step], state)
        torch.testing.assert_close(whole.tokens[:, step], scores)
        if weights is not None:
            torch.testing.assert_close(whole.attention[:, step], weights)
            torch.testing.assert_close(weights.sum(dim=1), torch.ones(3))


def test_nothing_is_seen_before_its_time(decoder):
    decoder.eval()
    features = torch.randn(1, 4, 2, 5)
    given, _ = encode_tokens(*encode(["12345"]))
    before = TokenHead(decoder, None)(features, given).tokens
    given[0, 3] = 9
    after = TokenHead(decoder, None)(features, given).tokens
    assert torch.equal(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3:], after[:, 3:])


def test_dropout_is_on_in_training_and_off_in_reading(decoder):
    features, given = torch.randn(2, 4, 2, 5), encode_tokens(*encode(["1", "22"]))[0]
    head = TokenHead(decoder, None)
    decoder.train()
    assert not torch.equal(head(features, given).tokens, head(features, given).tokens)
    decoder.eval()
    assert torch.equal(head(features, given).tokens, head(features, given).tokens)


def test_token_loss_by_hand():
    lengths, digits = encode(["7", "12"])
    scores = torch.randn(2, 6, 12, generator=torch.Generator().manual_seed(0))
    log_p = scores.log_softmax(dim=2)
    said = [(0, 0, 7), (0, 1, END), (1, 0, 1), (1, 1, 2), (1, 2, END)]
    loss, count = token_loss(TokenLogits(scores), lengths, digits)
    assert count == 5
    torch.testing.assert_close(loss, -sum(log_p[place] for place in said) / 5)
    scores[0, 2:] += 100 * torch.randn(4, 12)  # behind the end
    again, _ = token_loss(TokenLogits(scores), lengths, digits)
    torch.testing.assert_close(again, loss)
    assert total_loss(TokenLogits(scores), lengths, digits, None, LossSettings("masked")) == again


def test_a_number_longer_than_the_net_is_refused():
    with pytest.raises(ValueError, match="6 tokens"):
        token_loss(TokenLogits(torch.zeros(1, 4, 12)), *encode(["123"]))


def test_column_loss_helps_decoders_too():
    lengths, digits = encode(["1"])
    boxes = torch.full((1, 5, 4), torch.nan)
    boxes[0, 0] = torch.tensor([0.0, 0, 8, 8])
    columns = torch.randn(1, 2, 11)
    logits = TokenLogits(torch.zeros(1, 6, 12), None, columns)
    loss = total_loss(logits, lengths, digits, boxes, LossSettings("masked", 2.0), 16)
    expected = F.cross_entropy(columns[0], torch.tensor([1, 10])) * 2
    plain, _ = token_loss(logits, lengths, digits)
    torch.testing.assert_close(loss, plain + expected)


def test_a_decoder_is_kept_and_loaded(tmp_path):
    net = zoo.create_model("compact-attention").eval()
    zoo.save_model(net, tmp_path / "net.safetensors")
    loaded = zoo.load_model(tmp_path / "net.safetensors")
    assert loaded.config == net.config
    tokens = encode_tokens(*encode(["42"]))[0]
    pictures = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    assert torch.equal(net(pictures, tokens).tokens, loaded(pictures, tokens).tokens)


@pytest.mark.parametrize(
    "changes",
    [{"lengths": 7}, {"squeeze": 8}, {"classes": 11}, {"embedding": 0}, {"units": 0}],
)
def test_configs_that_cannot_be_are_refused(changes):
    with pytest.raises(ValueError, match=f"compact-lstm has no|Config: {next(iter(changes))} is"):
        zoo.create_model("compact-lstm", **changes)


def test_the_norm_takes_away_what_pictures_share():
    torch.manual_seed(0)
    made = LSTMDecoder((4, 2, 5), hidden=(), embedding=3, units=7, dropout=0.0, norm=True)
    features = 5 + 0.1 * torch.randn(64, 4, 2, 5)
    embedded = made.picture(features)
    plain = features.flatten(1) @ made.picture[1].weight.T
    expected = (plain - plain.mean(dim=0)) / plain.std(dim=0, correction=0)
    torch.testing.assert_close(embedded, expected, rtol=1e-2, atol=1e-3)
