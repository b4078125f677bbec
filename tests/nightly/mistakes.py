"""Classic mistakes, each with the test that notices it."""

from mutate import (
    Mutation,
    drop_call,
    drop_statement,
    negate,
    rename,
    replace,
    returns,
    swap,
    swap_strings,
)

OBJECTIVE = "core.objectives:Objective"
TRAINER = "core.trainer:Trainer"
LOSSES = "core/test_losses.py::test_values_and_gradients"

MUTATIONS = (
    # Losses and penalties.
    Mutation(
        "sign of G's loss",
        "core.losses:nonsaturating_generator",
        negate,
        f"{LOSSES}[nonsaturating]",
    ),
    Mutation(
        "real and fake exchanged in D's loss",
        "core.losses:logistic_discriminator",
        swap("real", "fake"),
        f"{LOSSES}[nonsaturating]",
    ),
    Mutation(
        "a loss summed, not averaged",
        "core.losses:critic_generator",
        rename("mean", "sum"),
        f"{LOSSES}[hinge]",
    ),
    Mutation(
        "logits averaged in half precision",
        "core.losses:_wide",
        returns("logits"),
        "core/test_losses.py::test_bfloat16_logits_give_float32_losses[hinge]",
    ),
    Mutation(
        "penalty summed over the batch",
        "core.penalties:_squared_gradient",
        replace("1", "0"),
        "core/test_penalties.py::test_quadratic_discriminator",
    ),
    Mutation(
        "penalty averaged over an image's pixels",
        "core.penalties:_squared_gradient",
        rename("sum", "mean"),
        "core/test_penalties.py::test_wgan_gp_against_a_loop_by_hand",
    ),
    Mutation(
        "gradient penalty at the fakes alone",
        "core.penalties:wgan_gp",
        replace("share", "torch.ones_like(share)"),
        "core/test_penalties.py::test_wgan_gp_mixes_evenly",
    ),
    # Objectives.
    Mutation(
        "fakes not detached in D's step",
        f"{OBJECTIVE}.discriminator_loss",
        drop_call("detach"),
        "core/test_objectives.py::test_discriminator_loss_does_not_reach_the_generator",
    ),
    Mutation(
        "real and fake logits exchanged in D's step",
        f"{OBJECTIVE}.discriminator_loss",
        swap("real_logits", "fake_logits"),
        "core/test_noise_objective.py::test_losses_are_those_of_the_formulas",
    ),
    Mutation(
        "lazy penalty not scaled by its interval",
        f"{OBJECTIVE}.penalty",
        replace("self.penalty_every", "1"),
        "core/test_objectives.py::test_paired",
    ),
    Mutation(
        "fakes cut off from G in G's loss",
        f"{OBJECTIVE}.generator_loss",
        replace("torch.cat(given.fakes)", "torch.cat(given.fakes).detach().requires_grad_()"),
        "core/test_objectives.py::test_a_generator_learns_from_every_term",
    ),
    Mutation(
        "what D sees is not augmented in G's step",
        f"{OBJECTIVE}.generator_loss",
        replace("config.augment", "''"),
        "core/test_objectives.py::test_what_d_sees_is_augmented_alike_and_anew_in_each_step",
    ),
    Mutation(
        "photographs held to a light that they were not taken in",
        "core.objectives:MixedTranslation.generator_loss",
        swap_strings("source", "unpaired"),
        "core/test_objectives.py::test_unpaired_photographs_are_held_to_their_own_light",
    ),
    Mutation(
        "cycle compared with the other domain",
        "core.objectives:CycleGAN.generator_loss",
        swap("photo", "anime"),
        "core/test_cycle_objective.py::test_cyclegan",
    ),
    Mutation(
        "each fake scored with another's condition",
        f"{OBJECTIVE}.score_with",
        replace("batch[name].repeat", "batch[name].roll(1, 0).repeat"),
        "core/test_conditional.py",
    ),
    Mutation(
        "every process draws noise for itself",
        "core.parallel:draw_rows",
        returns("draw(sum(parts))"),
        "core/test_noise_objective.py::test_several_processes_share_the_noise_of_one",
    ),
    Mutation(
        "low frequencies compared at full detail",
        "core.reconstruction:low_frequencies",
        returns("images"),
        "core/test_reconstruction.py",
    ),
    Mutation(
        "pool that forgets what it gives away",
        "core.pool:ImagePool._exchange",
        drop_statement("self.images[place] ="),
        "core/test_pool.py",
    ),
    # Training.
    Mutation(
        "average of the average",
        f"{TRAINER}.update_average",
        replace("self.objective.generator", "self.ema"),
        "core/test_training.py::test_average_equals_its_closed_form",
    ),
    Mutation(
        "average forgotten",
        f"{TRAINER}.train_step",
        drop_statement("update_average"),
        "core/test_training.py::test_every_step_averages_the_weights_that_it_made",
    ),
    Mutation(
        "D not frozen in G's step",
        f"{TRAINER}.train_step",
        replace("False", "True"),
        "core/test_training.py::test_each_player_moves_only_in_its_own_step",
    ),
    Mutation(
        "gradients not cleared",
        f"{TRAINER}.train_step",
        drop_statement("zero_grad"),
        "core/test_training.py::test_gradients_are_cleared_before_each_step",
    ),
    Mutation(
        "fakes reused after G moved",
        f"{TRAINER}.train_step",
        replace(
            "objective.generate(batch)",
            "self.__dict__.setdefault('old', objective.generate(batch))",
        ),
        "core/test_updates.py::test_alternating",
    ),
    Mutation(
        "D's further steps on its first batch",
        f"{TRAINER}.train_step",
        replace("self.next_batch()", "batch if i else self.next_batch()"),
        "core/test_updates.py::test_alternating[3]",
    ),
    Mutation(
        "learning rates never fall",
        "core.config:TrainConfig.rate",
        returns("1.0"),
        "core/test_training.py::test_rates_fall_linearly_at_the_end",
    ),
    Mutation(
        "schedules never read",
        f"{TRAINER}.begin_step",
        drop_statement("values_at"),
        "core/test_schedules.py",
    ),
    Mutation(
        "every step draws the same",
        "core.device:seed_step",
        replace("step", "0"),
        "core/test_device.py::test_seed_is_a_pure_function_of_seed_and_step",
    ),
    Mutation(
        "Adam's moments forgotten by a resumed run",
        "core.checkpoint:unpack",
        replace("place.copy_(tensor)", "place"),
        "core/test_checkpoints.py::test_adam_goes_on_with_its_own_moments",
    ),
    Mutation(
        "cutout that cuts nothing",
        "core.augment:_cutout",
        returns("images"),
        "core/test_augment.py",
    ),
    # CUDA graphs.
    Mutation(
        "the average's share swallowed by the graph",
        "scale.cuda_graphs:GraphTrainer.set_rates",
        drop_statement("self.ema_share.fill_"),
        "scale/test_cuda_graphs.py::test_a_graph_reads_the_numbers_of_each_step_from_the_device",
    ),
    Mutation(
        "learning rates swallowed by the graph",
        "scale.cuda_graphs:GraphTrainer.set_rates",
        drop_statement("'lr'"),
        "scale/test_cuda_graphs.py::test_a_graph_reads_the_numbers_of_each_step_from_the_device",
    ),
    Mutation(
        "a step's terms written over by the next replay",
        "scale.cuda_graphs:GraphTrainer.train_step",
        drop_call("clone"),
        "scale/test_cuda_graphs.py::test_terms_are_copied_out_of_the_fixed_vector",
    ),
    # The rest of the library.
    Mutation(
        "variance and precision of exposures exchanged",
        "data.tones:exposure_weights",
        replace("-2", "2"),
        "data/test_tones.py",
    ),
    Mutation(
        "the backward model learns made drawings, not real photographs",
        "pipelines.build:_backward",
        replace(
            "samplers.PairedSampler(drawn, photo, jitter=0)",
            "samplers.PairedSampler(photo, drawn, jitter=0)",
        ),
        "pipelines/test_back_translation.py",
    ),
    Mutation(
        "a reader that sees features alone",
        "measure.probe:Probe.levels",
        replace("[*seen, image]", "[image]"),
        "measure/test_probe.py::test_the_levels_lead_from_the_picture_to_the_features",
    ),
    Mutation(
        "a formula's derivative with its sign turned",
        "lessons.three_numbers:generator_gradient",
        negate,
        "course/test_formulas.py::test_value_and_gradient",
    ),
    Mutation(
        "exercises scored by value alone",
        "lessons.checks.outcomes:_run",
        replace("value.requires_grad", "False"),
        "course/test_checks.py",
    ),
)
