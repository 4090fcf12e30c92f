using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// What a person may say of a rollout: the write that says it, or why it would do nothing. Each word names the move it is about, so that
/// it counts for no later one. The command line and the dashboard say it in the same way.
/// </summary>
public static class RolloutOrders
{
    /// <summary>
    /// Times to look again and repeat a write that met a newer version: a status is written every few seconds while a rollout moves.
    /// </summary>
    public const int AttemptsMax = 10;

    /// <summary>True while a move is under way.</summary>
    public static bool IsMoving(RolloutStatus? rollout) => RolloutPlanner.IsMoving(rollout);

    /// <summary>Gives the new release all traffic without waiting for the judge.</summary>
    /// <param name="service">The service as it is.</param>
    /// <param name="nonce">Tells the word from what was said of the same move before.</param>
    public static RolloutOrderOutcome Promote(ModelService service, string nonce)
    {
        ArgumentNullException.ThrowIfNull(service);
        string name = service.Metadata.Name;
        if (service.Status?.Rollout is not { Phase: not (RolloutPhase.Promoted or RolloutPhase.Superseded) } rollout)
        {
            return Refuse(OrderRefusalKind.NothingMoves, $"no rollout of {name} is under way");
        }

        return rollout.Order == RolloutOrder.Undo
            ? Refuse(OrderRefusalKind.GoesBack, $"a person asked {name} to go back to {rollout.To.Name}, which no judge holds up")
            : Say(service, rollout.To, TriremeApi.PromoteAnnotation, wanted: null, nonce);
    }

    /// <summary>
    /// The release that undo goes back to where nobody names one; null where there is none. A move is taken back once: said again, undo
    /// would lead to the very release that a person or the judge has just rejected, so that one must be named.
    /// </summary>
    public static ReleaseRef? Recorded(ModelService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (service.Status is not { StableRelease: { } stable } status) return null;
        if (stable.Name != service.Spec.Release) return GoesBack(service, status) ? null : stable;
        bool wasForward = status.Rollout is null or { Phase: RolloutPhase.Promoted, Order: not RolloutOrder.Undo };
        return wasForward ? status.PreviousRelease : null;
    }

    /// <summary>Why undo has nothing to go back to, whatever the releases are; null where it may have.</summary>
    /// <param name="service">The service as it is.</param>
    /// <param name="named">The release that a person named; null for the one that served before.</param>
    public static OrderRefusal? UndoProblem(ModelService service, string? named)
    {
        ArgumentNullException.ThrowIfNull(service);
        string name = service.Metadata.Name;
        if (service.Status?.StableRelease is null)
        {
            return new OrderRefusal(
                OrderRefusalKind.NothingServed, $"no release has served {name} yet; name the one it should run in spec.release");
        }

        if (named is not null || Recorded(service) is not null) return null;
        if (GoesBack(service, service.Status))
        {
            return new OrderRefusal(OrderRefusalKind.GoesBackAlready, $"{name} goes back to {service.Spec.Release} already");
        }

        return service.Status.PreviousRelease is null && service.Status.Rollout is null
            ? new OrderRefusal(OrderRefusalKind.NothingBefore, $"no other release has served {name}; there is nothing to go back to")
            : new OrderRefusal(
                OrderRefusalKind.TakenBackAlready,
                $"the last move of {name} was taken back already, and its release is {service.Status.StableRelease.Name}");
    }

    /// <summary>
    /// Goes back to a release at once and without the judge. The release must be there and usable, because a word that leads nowhere helps
    /// nobody at night.
    /// </summary>
    /// <param name="service">The service as it is.</param>
    /// <param name="named">The release that a person named; null for the one that served before.</param>
    /// <param name="release">The object of that release; null where there is none.</param>
    /// <param name="nonce">Tells the word from what was said of the same move before.</param>
    /// <param name="serving">The object of the stable release, to say how the other one differs; null where it is not known.</param>
    /// <param name="insists">True to go to a release that the service is not known to have run.</param>
    public static RolloutOrderOutcome Undo(
        ModelService service, string? named, Release? release, string nonce, Release? serving = null, bool insists = false)
    {
        if (UndoProblem(service, named) is { } problem) return new RolloutOrderOutcome(null, problem);
        ModelServiceStatus status = service.Status!;
        ReleaseRef? recorded = Recorded(service);
        string wanted = named ?? recorded!.Name;
        if (release is null)
        {
            string since = KnownReleases.IsNamed(status, wanted) ? " any more" : "";
            return Refuse(OrderRefusalKind.ReleaseGone, $"release {wanted} does not exist{since}");
        }

        if (UnusableBecause(release) is { } why) return Refuse(OrderRefusalKind.ReleaseUnusable, $"release {wanted} is not usable: {why}");

        if (!insists && KnownReleases.Unknown(service, release, serving) is { } stranger)
        {
            return Refuse(OrderRefusalKind.NeverServed, stranger);
        }

        var target = new ReleaseRef { Name = wanted, ContentHash = release.Status!.ContentHash! };
        if (named is null && recorded!.ContentHash != target.ContentHash)
        {
            return Refuse(
                OrderRefusalKind.ReleaseChanged,
                $"release {wanted} is not what it was when {service.Metadata.Name} was served by it: its content is another one now");
        }

        bool serves = target.ContentHash == status.StableRelease!.ContentHash;
        return serves && service.Spec.Release == target.Name && !IsMoving(status.Rollout)
            ? Refuse(OrderRefusalKind.ServesAlready, $"{target.Name} is the release of {service.Metadata.Name} already")
            : Say(service, target, serves ? null : TriremeApi.UndoAnnotation, target.Name, nonce);
    }

    /// <summary>True from the moment that a person goes back until that has an end.</summary>
    private static bool GoesBack(ModelService service, ModelServiceStatus status)
    {
        if (status.StableRelease?.Name == service.Spec.Release) return false;
        if (IsMoving(status.Rollout) && status.Rollout!.Order == RolloutOrder.Undo) return true;
        string? said = service.Metadata.Annotations?.GetValueOrDefault(TriremeApi.UndoAnnotation);
        return said is not null && said != status.Rollout?.OrderedBy && TriremeApi.IsOrderOf(said, status.Rollout?.Id);
    }

    private static string? UnusableBecause(Release release)
    {
        if (release.Metadata.IsDeleting) return "it is being deleted";
        Condition? verified = (release.Status?.Conditions).Find(ReleaseConditions.Verified);
        return release.Status?.ContentHash is null || verified?.Status != ConditionStatus.True
            ? verified?.Message ?? "it is being verified"
            : null;
    }

    private static RolloutOrderOutcome Refuse(OrderRefusalKind kind, string message) => new(null, new OrderRefusal(kind, message));

    /// <summary>
    /// A merge patch that counts only for the service as it was seen: said of a move that another has taken the place of, the word would
    /// do nothing. Said twice of one move, a word must differ from the one that was used up.
    /// </summary>
    private static RolloutOrderOutcome Say(ModelService service, ReleaseRef target, string? annotation, string? wanted, string nonce)
    {
        var metadata = new JsonObject { ["resourceVersion"] = service.Metadata.ResourceVersion };
        if (annotation is not null)
        {
            string word = TriremeApi.OrderText(service.Status?.Rollout?.Id, target.ContentHash, nonce);
            metadata["annotations"] = new JsonObject { [annotation] = word };
        }

        var patch = new JsonObject { ["metadata"] = metadata };
        if (wanted is not null) patch["spec"] = new JsonObject { ["release"] = wanted };
        return new RolloutOrderOutcome(new RolloutOrderWrite(target, patch), null);
    }
}

/// <summary>What an order comes to: one of both is there.</summary>
public sealed record RolloutOrderOutcome(RolloutOrderWrite? Write, OrderRefusal? Refusal)
{
    [MemberNotNullWhen(true, nameof(Write))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsPossible => Write is not null;
}

/// <summary>The write that says an order.</summary>
/// <param name="Target">The release that is to get all traffic.</param>
/// <param name="Patch">A merge patch of the service.</param>
public sealed record RolloutOrderWrite(ReleaseRef Target, JsonObject Patch);

/// <summary>Why an order would do nothing.</summary>
/// <param name="Kind">For what else can be done.</param>
/// <param name="Message">A clause without a full stop.</param>
public sealed record OrderRefusal(OrderRefusalKind Kind, string Message);

/// <summary>Reasons why an order would do nothing.</summary>
public enum OrderRefusalKind
{
    /// <summary>No rollout is under way.</summary>
    NothingMoves,

    /// <summary>The move is an undo, which no judge holds up.</summary>
    GoesBack,

    /// <summary>The service has never served.</summary>
    NothingServed,

    /// <summary>Only one release has served.</summary>
    NothingBefore,

    /// <summary>An undo is under way.</summary>
    GoesBackAlready,

    /// <summary>The last move was undone, called off or taken back by the judge, and the release that served before it serves.</summary>
    TakenBackAlready,

    /// <summary>There is no such release: it was deleted, or never was.</summary>
    ReleaseGone,

    /// <summary>The release is not verified, or goes.</summary>
    ReleaseUnusable,

    /// <summary>The name stands for other content now.</summary>
    ReleaseChanged,

    /// <summary>The service is not known to have run the release, so that going there is no going back.</summary>
    NeverServed,

    /// <summary>There is nothing to do.</summary>
    ServesAlready,
}
