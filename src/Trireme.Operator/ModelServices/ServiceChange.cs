using Trireme.Contracts.Resources;
using Trireme.Fleet.Services;

namespace Trireme.Operator.ModelServices;

/// <summary>A decision with the objects that carry it out, already named.</summary>
internal sealed record ServiceChange(ServiceDecision Decision, IReadOnlyList<ModelReplica> Create);
