using Trireme.Telemetry.PromQL.Evaluation;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>
/// A function of the language: what the parser checks calls against, and what the evaluator runs. A new function is one entry in
/// one of the tables of this folder.
/// </summary>
/// <param name="name">Its name in queries.</param>
/// <param name="returns">The type of its value.</param>
/// <param name="parameters">The types of its arguments; the last one also serves optional and repeated arguments.</param>
internal abstract class Function(string name, ValueKind returns, params ValueKind[] parameters)
{
    public string Name { get; } = name;

    public ValueKind Returns { get; } = returns;

    public IReadOnlyList<ValueKind> Parameters { get; } = parameters;

    /// <summary>
    /// Number of arguments beyond the required ones, of which the last parameter is the first: 0 for none, -1 for any number.
    /// </summary>
    public int Optional { get; init; }

    /// <summary>True when the value changes with the step even if no argument does.</summary>
    public bool DependsOnTime { get; init; }
}

/// <summary>A function with a scalar value.</summary>
internal sealed class ScalarFunction(string name, ScalarFunction.Body apply, params ValueKind[] parameters)
    : Function(name, ValueKind.Scalar, parameters)
{
    public delegate double[] Body(Evaluator evaluator, Call call, StepRange steps);

    public Body Apply { get; } = apply;
}

/// <summary>A function with a vector value that looks at more than one sample or at the labels.</summary>
internal sealed class VectorFunction(string name, VectorFunction.Body apply, params ValueKind[] parameters)
    : Function(name, ValueKind.Vector, parameters)
{
    public delegate List<StepSeries> Body(Evaluator evaluator, Call call, StepRange steps);

    public Body Apply { get; } = apply;
}
