"""A policy may be any LSTM: with an oracle's weights it is the oracle."""

import numpy as np
from keras import ops
from multigan_seqgan.policy import Policy
from multigan_seqgan.text import chosen

from multigan.modalities.text.oracle import Oracle


def test_a_policy_with_an_oracles_weights_has_its_likelihood():
    oracle = Oracle(vocabulary=11, hidden=5, length=6, seed=3)
    policy = Policy(11, embedding=5, hidden=5)
    policy.set_weights(oracle.weights)
    texts = oracle.sample(20, seed=0)
    tokens = ops.convert_to_tensor(texts)
    found = ops.convert_to_numpy(ops.sum(chosen(policy.log_softmax(tokens)[0], tokens), axis=1))
    np.testing.assert_allclose(found, oracle.log_likelihood(texts), rtol=1e-4)
