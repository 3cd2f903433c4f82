"""SeqGAN for multigan: text by policy gradients. Import-light: games are imported when they run."""

from multigan import Option, Recipe, hookimpl

__all__ = ["register_recipes"]

LOSSES = ("relativistic", "relativistic-paired", "non-saturating", "hinge", "least-squares", "wasserstein")
SEQGAN_PAPER, MALIGAN_PAPER, GUMBEL_PAPER = "1609.05473", "1702.07983", "1611.01144"

# Of the generator and of likelihood training.
POLICY = {
    "cell": Option(default="lstm", choices=("lstm", "gru"), help="the generator's recurrent cell"),
    "embedding": Option(default=32, minimum=1, help="size of the generator's embedding"),
    "hidden": Option(default=32, minimum=1, help="size of the generator's state; more writes better real text"),
    "learning_rate": Option(default=0.01, minimum=0, help="of the generator, by likelihood"),
    "clip_norm": Option(default=5.0, minimum=0, help="clip the generator's gradient to this norm; 0: never"),
    "pretrain_steps": Option(
        default=1000,
        minimum=0,
        help="likelihood updates before all else; the paper: 120 epochs, 18,750 at 10,000 texts",
    ),
}
DISCRIMINATOR = {
    "discriminator_embedding": Option(default=64, minimum=1, help="size of the discriminator's embedding"),
    "filters": Option(
        default=0.25, minimum=0.001, maximum=8, help="scales the discriminator's 1,720 filters; the paper: 1"
    ),
    "dropout": Option(default=0.25, minimum=0, maximum=0.9, help="share of the discriminator's features left out"),
    "discriminator_learning_rate": Option(default=1e-3, minimum=0, help="of the discriminator; the paper: 1e-4"),
}  # fmt: skip
SEQGAN = {
    **POLICY,
    "adversarial_learning_rate": Option(
        default=1e-3, minimum=0, help="of the generator after likelihood training; 0: the same, as in the paper"
    ),
    **DISCRIMINATOR,
    "l2": Option(default=0.2, minimum=0, help="decay of the discriminator's output layer"),
    "discriminator_pretrain_steps": Option(
        default=10,
        minimum=0,
        help="steps of the discriminator alone, each of discriminator_updates; the paper: 50 x 3 epochs, ten rounds'",
    ),
    "discriminator_updates": Option(
        default=15, minimum=1, help="the discriminator's in a round; the paper: 5 x 3 epochs, 2,350 at 10,000 texts"
    ),
    "generator_updates": Option(default=1, minimum=1, help="policy gradients in a round"),
    "teacher_forcing": Option(
        default=0, minimum=0, help="likelihood updates in a round, which keep the policy from forgetting"
    ),
    "rollouts": Option(
        default=16,
        minimum=0,
        maximum=256,
        help="N, from each token on; 0: every token earns what its text earns",
        reference=SEQGAN_PAPER,
    ),
    "rollout_rate": Option(
        default=0.8, minimum=0, maximum=0.9999, help="how much of itself the rollout policy keeps in a round; 0: no lag"
    ),
    "temperature": Option(default=1.0, minimum=0.05, maximum=10, help="of the texts that are written in training"),
    "reward": Option(
        default="discriminator",
        choices=("discriminator", "constant", "random", "likelihood"),
        help="the others are controls: no discriminator; likelihood: go on with that, as many updates",
    ),
    "shaping": Option(
        default="seqgan",
        choices=("seqgan", "maligan"),
        help="D, or D / (1 - D) as a share of the batch's",
        reference=MALIGAN_PAPER,
    ),
    "baseline": Option(
        default="none",
        choices=("none", "mean", "learned"),
        help="subtracted from a token's reward: the batch's mean at its place, or a guess from the state before it",
    ),
}
GUMBEL = {
    **POLICY,
    "adversarial_learning_rate": Option(
        default=1e-4, minimum=0, help="of the generator after likelihood training; 0: the same"
    ),
    **DISCRIMINATOR,
    "discriminator_learning_rate": Option(default=1e-4, minimum=0, help="of the discriminator"),
    "l2": Option(default=0.0, minimum=0, help="decay of the discriminator's output layer"),
    "discriminator_updates": Option(default=1, minimum=1, help="the discriminator's in a step of the last phase"),
    "loss": Option(default="relativistic", choices=LOSSES, help="adversarial loss", reference="1807.00734"),
    "gumbel_temperature": Option(
        default=1.0, minimum=0.01, help="of the softmax in place of a draw, at first", reference=GUMBEL_PAPER
    ),
    "gumbel_temperature_end": Option(default=0.1, minimum=0.001, help="the same at the end: nearly draws"),
    "anneal_steps": Option(default=500, minimum=1, help="updates over which it falls, by an equal factor each"),
    "straight_through": Option(
        default=True,
        help="the discriminator sees tokens, the gradient weights; without it weights alone tell generated texts apart",
        reference=GUMBEL_PAPER,
    ),
}  # fmt: skip
METRICS = (
    "NLL-gen", "NLL-oracle", "BLEU-2", "BLEU-3", "self-BLEU-2", "self-BLEU-3", "unique", "novel",
)  # fmt: skip


@hookimpl
def register_recipes():
    """Policy gradients, and Gumbel-softmax."""
    yield Recipe(
        name="seqgan",
        summary="SeqGAN: text by likelihood and then by policy gradients, with rollouts; controls by -o reward=",
        modality="text",
        game="multigan_seqgan.game:SeqGAN",
        options=SEQGAN,
        data="pydoc",
        steps=1070,
        batch_size=64,
        # Rounds are few and long; at 50 two lines would tell of sixty.
        log_every=5,
        metrics=METRICS,
        references=("arXiv 1609.05473", "arXiv 1702.07983"),
    )
    yield Recipe(
        name="gumbel-seqgan",
        summary="text by likelihood and then by Gumbel-softmax against a relativistic discriminator",
        modality="text",
        game="multigan_seqgan.gumbel:GumbelSeqGAN",
        options=GUMBEL,
        data="pydoc",
        steps=1500,
        batch_size=64,
        metrics=METRICS,
        references=("arXiv 1611.01144", "arXiv 1611.04051", "arXiv 1807.00734"),
    )
