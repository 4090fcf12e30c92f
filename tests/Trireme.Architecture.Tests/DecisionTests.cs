using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Trireme.Architecture.Tests;

/// <summary>
/// A decision about the fleet has one home, Trireme.Fleet. Two rules hold it there. The records that only a decision makes (weights,
/// numbers of replicas, rollouts, verdicts, times of the next start) are created nowhere else. And a type outside that is named for a
/// decision must be listed here with the reason why it decides nothing about the fleet.
/// </summary>
public sealed partial class DecisionTests
{
    /// <summary>Records that carry a decision: whoever creates one has decided.</summary>
    private static readonly HashSet<string> Outcomes =
    [
        "ReleaseTraffic", "RolloutStatus", "RolloutVerdict", "SignalVerdict", "ReleaseTarget", "PlannedRelease", "ReplicaCreation",
        "ReplicaOrder", "ReplicaPlan", "ReplicaStep", "RolloutDecision", "ServiceDecision", "FleetRolloutStatus",
        "FleetRolloutMember", "WaveDecision", "WaveOrder", "WaveRelease",
    ];

    /// <summary>Types that are named like decisions, and what they are.</summary>
    private static readonly Dictionary<string, string> Others = new()
    {
        // What a user or another program reads.
        ["AccessDecision"] = "the contract of an answer to an access request",
        ["IAccessPolicy"] = "the contract of who decides about access requests, by roles and bindings",
        ["RbacPolicy"] = "Kubernetes' name for who may do what; Governance owns authorisation",
        ["TenantPolicy"] = "a kind of resource",
        ["PodDisruptionBudget"] = "Kubernetes' kind: how many of somebody's Pods must stay while others are evicted",
        ["RolloutVerdict"] = "a part of a status",
        ["SignalVerdict"] = "a part of a status",
        ["ChatChoice"] = "OpenAI's word for an answer",
        ["ChatChunkChoice"] = "OpenAI's word for an answer",
        ["CompletionChoice"] = "OpenAI's word for an answer",
        ["ChatAnswerChoice"] = "OpenAI's word for an answer",

        // Status writers: they say what was observed and decide nothing.
        ["ReplicaStatusPlan"] = "writes what a runtime observed into a status",
        ["ReleaseStatusPlan"] = "writes what was found on disk into a status",
        ["SourceVerdict"] = "words what was found on disk",
        ["ReplicaPlacement"] = "hands on what Trireme.Fleet decided about one replica",

        // Decisions of one engine, one query or one computation, not of the fleet.
        ["MemoryPlan"] = "divides one process's memory",
        ["KernelChoice"] = "picks an instruction set",
        ["BatchPlan"] = "lays out one engine step",
        ["DraftPlanner"] = "drafts tokens of one sequence",
        ["StepBudget"] = "tokens of one engine step",
        ["Plan"] = "what speculation expects of one step",
        ["SpeculationDecision"] = "whether one step drafts",
        ["WordSplit"] = "a tokenizer's splitting of text",
        ["NamedSplit"] = "a tokenizer's splitting of text",
        ["DescriptorBudget"] = "counts this process' open files",
        ["QueryBudget"] = "samples one query may touch",
        ["AnswerPlan"] = "how one answer is streamed",
        ["WorkerLifecycle"] = "the states of one process, from the inside",
    };

    private static IEnumerable<string> Elsewhere => SourceModel.Projects.Where(static project => project != "Trireme.Fleet");

    [Fact]
    public void What_only_a_decision_makes_is_made_in_fleet_only() => Breaches.None(
        from project in Elsewhere
        from tree in SourceModel.Of(project)
        from creation in tree.GetRoot().DescendantNodes().OfType<ObjectCreationExpressionSyntax>()
        where Outcomes.Contains(Name(creation.Type))
        select $"{SourceModel.Place(creation)} creates a {creation.Type}",
        "Ask Trireme.Fleet for the decision instead of making it.");

    [Fact]
    public void When_an_engine_starts_again_is_decided_in_fleet_only() => Breaches.None(
        from project in Elsewhere
        from tree in SourceModel.Of(project)
        from assignment in tree.GetRoot().DescendantNodes().OfType<AssignmentExpressionSyntax>()
        where assignment.Left.ToString() == "NextStartAt" && assignment.Right is BinaryExpressionSyntax
        select $"{SourceModel.Place(assignment)} {assignment}",
        "ReplicaLifecycle decides when an engine starts again.");

    [Fact]
    public void A_type_named_for_a_decision_lives_in_fleet_or_says_here_why_not() => Breaches.None(
        from project in Elsewhere
        from tree in SourceModel.Of(project)
        from type in tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()
        where DecisionName().IsMatch(type.Identifier.Text)
        where !Others.ContainsKey(type.Identifier.Text)
        select $"{SourceModel.Place(type)} {type.Identifier.Text}",
        "Move it to Trireme.Fleet, or list it here with what it is.");

    [Fact]
    public void What_is_listed_here_is_still_there()
    {
        HashSet<string> present =
        [
            .. from project in Elsewhere
               from tree in SourceModel.Of(project)
               from type in tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()
               select type.Identifier.Text,
        ];
        Breaches.None(Others.Keys.Where(name => !present.Contains(name)), "Take these off the list.");
    }

    private static string Name(TypeSyntax type) => type is QualifiedNameSyntax qualified ? qualified.Right.ToString() : type.ToString();

    [GeneratedRegex("(Planner|Plan|Judge|Policy|Choice|Budget|Lifecycle|Split|Shares|Verdict|Decision|Placement|Scaler|Preemption)$")]
    private static partial Regex DecisionName();
}
