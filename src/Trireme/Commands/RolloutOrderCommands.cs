using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Fleet;
using Trireme.Fleet.Rollouts;
using Trireme.Kubernetes;

namespace Trireme.Commands;

/// <summary>The commands with which a person says something of a rollout.</summary>
internal static class RolloutOrderCommands
{
    public static Command Undo()
    {
        Option<string> to = new Option<string>("--to")
        {
            Description = "Release to go back to; the one that served before otherwise.",
            HelpName = "RELEASE",
        }.OfName();
        var force = new Option<bool>("--force") { Description = "Go to the release of --to even if it has never served the service." };
        return RolloutCommand.WithService(
            "undo", "Go back to an earlier release without the judge, as fast as its replicas are ready.", [to, force], RunAsync, to);

        async Task<int> RunAsync(RolloutCall call, CancellationToken cancel)
        {
            (ModelService seen, ReleaseRef target) = await ChangeAsync(
                call,
                service => UndoAsync(call, service, call.Parsed.GetValue(to), call.Parsed.GetValue(force), cancel),
                call.PatchAsUndoAsync,
                cancel);
            Tell(call, $"goes back to {target.Name}", OrderForecast.OfUndo(seen, target.Name));
            return ExitCode.Success;
        }
    }

    public static Command Promote() => RolloutCommand.WithService(
        "promote", "Give the new release all traffic without waiting for the judge.", [], async (call, cancel) =>
        {
            (ModelService seen, ReleaseRef target) = await ChangeAsync(
                call, service => Task.FromResult(RolloutOrders.Promote(service, Nonce())), call.PatchAsync, cancel);
            Tell(call, $"promotes {target.Name}", OrderForecast.OfPromotion(seen, target.Name));
            return ExitCode.Success;
        });

    private static void Tell(RolloutCall call, string what, string forecast)
    {
        Console.WriteLine($"modelservice/{call.Key.Name} {what}: {forecast}");
        string follow = RolloutHint.Command("status", new ServiceKey(call.Key.Namespace, call.Key.Name));
        Console.Error.WriteLine($"{follow} shows how far it is.");
    }

    private static async Task<(ModelService Seen, ReleaseRef Target)> ChangeAsync(
        RolloutCall call,
        Func<ModelService, Task<RolloutOrderOutcome>> decide,
        Func<JsonObject, CancellationToken, Task<ModelService>> write,
        CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            ModelService service = await call.GetAsync(cancellationToken);
            RolloutOrderOutcome outcome = await decide(service);
            if (!outcome.IsPossible) throw Refused(call, service, outcome.Refusal);
            try
            {
                await write(outcome.Write.Patch, cancellationToken);
                return (service, outcome.Write.Target);
            }
            catch (ApiException exception) when (exception.IsConflict && attempt < RolloutOrders.AttemptsMax)
            {
                // The status was written in between; look again.
            }
        }
    }

    private static async Task<RolloutOrderOutcome> UndoAsync(
        RolloutCall call, ModelService service, string? named, bool insists, CancellationToken cancellationToken)
    {
        Release? release = null;
        Release? serving = null;
        if ((named ?? RolloutOrders.Recorded(service)?.Name) is { } wanted && RolloutOrders.UndoProblem(service, named) is null)
        {
            release = await call.FindReleaseAsync(wanted, cancellationToken);
            if (named is not null) serving = await call.FindReleaseAsync(service.Status!.StableRelease!.Name, cancellationToken);
        }

        return RolloutOrders.Undo(service, named, release, Nonce(), serving, insists);
    }

    private static CommandException Refused(RolloutCall call, ModelService service, OrderRefusal refusal)
    {
        string name = call.Key.Name;
        string hint = refusal.Kind switch
        {
            OrderRefusalKind.ReleaseGone =>
                $"; apply it, or name another one with --to (\"trireme rollout history {name}\" lists those that served)",
            OrderRefusalKind.ReleaseChanged =>
                $". \"trireme rollout undo {name} --to {RolloutOrders.Recorded(service)?.Name}\" takes it as it is",
            OrderRefusalKind.NeverServed =>
                $"; --force goes there all the same, and named in spec.release it is judged (\"trireme rollout history {name}\" lists "
                    + "those that served)",
            OrderRefusalKind.GoesBackAlready => "; --to RELEASE leads elsewhere",
            OrderRefusalKind.TakenBackAlready =>
                $"; name the release with --to to go elsewhere (\"trireme rollout history {name}\" lists those that served)",
            OrderRefusalKind.GoesBack => $"; undo with --to {service.Status?.Rollout?.To.Name} tries again",
            _ => "",
        };
        int code = refusal.Kind == OrderRefusalKind.ReleaseGone ? ExitCode.NotFound : ExitCode.Failure;
        return new CommandException(refusal.Message + hint, code);
    }

    private static string Nonce() => Guid.NewGuid().ToString("N")[..8];
}
