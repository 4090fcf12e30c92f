using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Commands;

/// <summary>What a person may say of a rollout. Each word names the move it is about, so that it counts for no later one.</summary>
internal static class RolloutOrders
{
    /// <summary>Writes that may meet a newer version: a status is written every few seconds while a rollout moves.</summary>
    private const int AttemptsMax = 10;

    public static Command Undo()
    {
        var to = new Option<string>("--to")
        {
            Description = "Release to go back to; the one that served before otherwise.",
            HelpName = "RELEASE",
        };
        return RolloutCommand.WithService("undo", "Go back to an earlier release at once, without the judge.", [to], async (call, cancel) =>
        {
            ReleaseRef target = await ChangeAsync(
                call, service => UndoAsync(call, service, call.Parsed.GetValue(to), cancel), call.PatchAsUndoAsync, cancel);
            Console.WriteLine($"modelservice/{call.Key.Name} goes back to {target.Name} at once");
            return ExitCode.Success;
        });
    }

    public static Command Promote() => RolloutCommand.WithService(
        "promote", "Give the new release all traffic without waiting for the judge.", [], async (call, cancel) =>
        {
            ReleaseRef target = await ChangeAsync(call, service => Task.FromResult(Promotion(call, service)), call.PatchAsync, cancel);
            Console.WriteLine($"modelservice/{call.Key.Name} promotes {target.Name}");
            return ExitCode.Success;
        });

    private static async Task<ReleaseRef> ChangeAsync(
        RolloutCall call,
        Func<ModelService, Task<(ReleaseRef Target, JsonObject Patch)>> decide,
        Func<JsonObject, CancellationToken, Task<ModelService>> write,
        CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            ModelService service = await call.GetAsync(cancellationToken);
            (ReleaseRef target, JsonObject patch) = await decide(service);
            try
            {
                // Only as it was seen: said of a move that another has taken the place of, the word would do nothing.
                patch["metadata"]!["resourceVersion"] = service.Metadata.ResourceVersion;
                await write(patch, cancellationToken);
                return target;
            }
            catch (ApiException exception) when (exception.IsConflict && attempt < AttemptsMax)
            {
                // The status was written in between; look again.
            }
        }
    }

    private static async Task<(ReleaseRef Target, JsonObject Patch)> UndoAsync(
        RolloutCall call, ModelService service, string? named, CancellationToken cancellationToken)
    {
        string name = call.Key.Name;
        ModelServiceStatus? status = service.Status;
        if (status?.StableRelease is not { } stable)
        {
            throw new CommandException($"{name} has served no release yet; name the one it should run in spec.release");
        }

        ReleaseRef? recorded = stable.Name != service.Spec.Release ? stable : status.PreviousRelease;
        string wanted = named ?? recorded?.Name
            ?? throw new CommandException($"{name} has served no other release; there is nothing to go back to");
        ReleaseRef target = await UsableAsync(call, wanted, cancellationToken);
        if (named is null && recorded!.ContentHash != target.ContentHash)
        {
            throw new CommandException(
                $"release {wanted} is not what it was when {name} was served by it: its content is another one now. "
                    + $"\"trireme rollout undo {name} --to {wanted}\" takes it as it is");
        }

        bool serves = target.ContentHash == stable.ContentHash;
        if (serves && service.Spec.Release == target.Name && !RolloutStates.IsMoving(status.Rollout))
        {
            throw new CommandException($"{target.Name} serves {name} already");
        }

        var patch = new JsonObject { ["metadata"] = new JsonObject(), ["spec"] = new JsonObject { ["release"] = target.Name } };
        if (!serves) patch["metadata"]!["annotations"] = Word(TriremeApi.UndoAnnotation, status.Rollout, target);
        return (target, patch);
    }

    /// <summary>The release as it is now; it must be there and usable, because a word that leads nowhere helps nobody at night.</summary>
    private static async Task<ReleaseRef> UsableAsync(RolloutCall call, string name, CancellationToken cancellationToken)
    {
        Release release;
        try
        {
            release = await call.GetReleaseAsync(name, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            throw new CommandException(
                $"release {name} does not exist any more; apply it again, or name another one with --to "
                    + $"(\"trireme rollout history {call.Key.Name}\" lists those that served)",
                ExitCode.NotFound,
                exception);
        }

        Condition? verified = (release.Status?.Conditions).Find(ReleaseConditions.Verified);
        if (release.Metadata.IsDeleting || release.Status?.ContentHash is not { } hash || verified?.Status != ConditionStatus.True)
        {
            string why = release.Metadata.IsDeleting ? "it is being deleted" : verified?.Message ?? "it is being verified";
            throw new CommandException($"release {name} is not usable: {why}");
        }

        return new ReleaseRef { Name = name, ContentHash = hash };
    }

    private static (ReleaseRef Target, JsonObject Patch) Promotion(RolloutCall call, ModelService service)
    {
        RolloutStatus rollout = service.Status?.Rollout is { Phase: not (RolloutPhase.Promoted or RolloutPhase.Superseded) } current
            ? current
            : throw new CommandException($"no rollout of {call.Key.Name} is under way");
        if (rollout.Order == RolloutOrder.Undo)
        {
            throw new CommandException(
                $"{call.Key.Name} goes back to {rollout.To.Name} without the judge as it is; undo with --to {rollout.To.Name} tries again");
        }

        JsonObject annotations = Word(TriremeApi.PromoteAnnotation, rollout, rollout.To);
        return (rollout.To, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } });
    }

    /// <summary>Said twice of one move, a word must differ from the one that was used up.</summary>
    private static JsonObject Word(string annotation, RolloutStatus? rollout, ReleaseRef release) => new()
    {
        [annotation] = TriremeApi.OrderText(rollout?.Id, release.ContentHash, Guid.NewGuid().ToString("N")[..8]),
    };
}
