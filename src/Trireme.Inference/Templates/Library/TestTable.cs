using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>Jinja's tests, by name.</summary>
internal static class TestTable
{
    private static readonly Dictionary<string, Test> Tests = new(StringComparer.Ordinal)
    {
        ["defined"] = Plain(value => value is not Undefined),
        ["undefined"] = Plain(value => value is Undefined),
        ["none"] = Plain(value => value is null),
        ["string"] = Plain(value => value is TemplateText),
        ["mapping"] = Plain(value => value is TemplateMap),
        ["number"] = Plain(value => value is long or BigInteger or double or bool),
        ["integer"] = Plain(value => value is long or BigInteger),
        ["float"] = Plain(value => value is double),
        ["boolean"] = Plain(value => value is bool),
        ["true"] = Plain(value => value is true),
        ["false"] = Plain(value => value is false),
        ["sequence"] = Plain(value => value is TemplateText or List<object?> or TemplateMap or Undefined),
        ["iterable"] = Plain(value => value is TemplateText or List<object?> or TemplateMap or Undefined),
        ["escaped"] = Plain(static _ => false),
        ["filter"] = Plain(value => value is TemplateText name && FilterTable.TryGet(name.Value, out _)),
        ["test"] = Plain(value => value is TemplateText name && TryGet(name.Value, out _)),
        ["callable"] = Plain(value => value is ICallable),
        ["lower"] = Plain(value => value is TemplateText { Value: var text } && LetterCase.IsLower(text)),
        ["upper"] = Plain(value => value is TemplateText { Value: var text } && LetterCase.IsUpper(text)),
        ["odd"] = (value, arguments, state) => IsRemainder(1L, value, arguments, state),
        ["even"] = (value, arguments, state) => IsRemainder(0L, value, arguments, state),
        ["divisibleby"] = (value, arguments, state) =>
        {
            arguments.Limit(state, "the test 'divisibleby'", "num");
            return TemplateValue.AreEqual(Arithmetic.Apply("%", value, arguments.Required(state, 0, "num"), state), 0L, state);
        },
        ["sameas"] = Binary((value, other, _) =>
            value is long or BigInteger or double or bool or TemplateText ? Equals(value, other) : ReferenceEquals(value, other)),
        ["in"] = Binary((value, other, state) => TemplateValue.Contains(other, value, state)),
        ["eq"] = Binary(TemplateValue.AreEqual),
        ["equalto"] = Binary(TemplateValue.AreEqual),
        ["ne"] = Binary((value, other, state) => !TemplateValue.AreEqual(value, other, state)),
        ["lt"] = Binary((value, other, state) => TemplateValue.Compare(value, other, state) < 0),
        ["lessthan"] = Binary((value, other, state) => TemplateValue.Compare(value, other, state) < 0),
        ["le"] = Binary((value, other, state) => TemplateValue.Compare(value, other, state) <= 0),
        ["gt"] = Binary((value, other, state) => TemplateValue.Compare(value, other, state) > 0),
        ["greaterthan"] = Binary((value, other, state) => TemplateValue.Compare(value, other, state) > 0),
        ["ge"] = Binary((value, other, state) => TemplateValue.Compare(value, other, state) >= 0),
    };

    public static IReadOnlyCollection<string> Names => Tests.Keys;

    public static bool TryGet(string name, [MaybeNullWhen(false)] out Test test) => Tests.TryGetValue(name, out test);

    private static Test Plain(Func<object?, bool> body) => (value, arguments, state) =>
    {
        arguments.Limit(state, "this test");
        return body(value);
    };

    private static Test Binary(Func<object?, object?, RenderState, bool> body) => (value, arguments, state) =>
    {
        arguments.Limit(state, "this test", "other");
        return body(value, arguments.Required(state, 0, "other"), state);
    };

    /// <summary>What is left after a division by two.</summary>
    private static bool IsRemainder(long remainder, object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "this test");
        if (TemplateValue.Number(value) is null) throw state.Fail($"{TemplateValue.TypeName(value)} cannot be divided.");
        return TemplateValue.AreEqual(Arithmetic.Apply("%", value, 2L, state), remainder, state);
    }
}
