using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Kubernetes;

namespace Trireme.Commands;

/// <summary>The commands with which a person says something of a rollout.</summary>
internal static class RolloutOrderCommands
{
    public static Command Undo()
    {
        var to = new Option<string>("--to")
        {
            Description = "Release to go back to; the one that served before otherwise.",
            HelpName = "RELEASE",
        };
        return RolloutCommand.WithService("undo", "Go back to an earlier release at once, without the judge.", [to], RunAsync, to);

        async Task<int> RunAsync(RolloutCall call, CancellationToken cancel)
        {
            ReleaseRef target = await ChangeAsync(
                call, service => UndoAsync(call, service, call.Parsed.GetValue(to), cancel), call.PatchAsUndoAsync, cancel);
            Console.WriteLine($"modelservice/{call.Key.Name} goes back to {target.Name} at once");
            return ExitCode.Success;
        }
    }

    public static Command Promote() => RolloutCommand.WithService(
        "promote", "Give the new release all traffic without waiting for the judge.", [], async (call, cancel) =>
        {
            ReleaseRef target = await ChangeAsync(
                call, service => Task.FromResult(RolloutOrders.Promote(service, Nonce())), call.PatchAsync, cancel);
            Console.WriteLine($"modelservice/{call.Key.Name} promotes {target.Name}");
            return ExitCode.Success;
        });

    private static async Task<ReleaseRef> ChangeAsync(
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
                return outcome.Write.Target;
            }
            catch (ApiException exception) when (exception.IsConflict && attempt < RolloutOrders.AttemptsMax)
            {
                // The status was written in between; look again.
            }
        }
    }

    private static async Task<RolloutOrderOutcome> UndoAsync(
        RolloutCall call, ModelService service, string? named, CancellationToken cancellationToken)
    {
        Release? release = null;
        if ((named ?? RolloutOrders.Recorded(service)?.Name) is { } wanted && RolloutOrders.UndoProblem(service, named) is null)
        {
            try
            {
                release = await call.GetReleaseAsync(wanted, cancellationToken);
            }
            catch (ApiException exception) when (exception.IsNotFound)
            {
                // Said below, in the words of what was asked.
            }
        }

        return RolloutOrders.Undo(service, named, release, Nonce());
    }

    private static CommandException Refused(RolloutCall call, ModelService service, OrderRefusal refusal)
    {
        string name = call.Key.Name;
        string hint = refusal.Kind switch
        {
            OrderRefusalKind.ReleaseGone =>
                $"; apply it again, or name another one with --to (\"trireme rollout history {name}\" lists those that served)",
            OrderRefusalKind.ReleaseChanged =>
                $". \"trireme rollout undo {name} --to {RolloutOrders.Recorded(service)?.Name}\" takes it as it is",
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
