using System.Diagnostics.CodeAnalysis;
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
        ["string"] = Plain(value => value is string),
        ["mapping"] = Plain(value => value is TemplateMap),
        ["number"] = Plain(value => value is long or double or bool),
        ["integer"] = Plain(value => value is long),
        ["float"] = Plain(value => value is double),
        ["boolean"] = Plain(value => value is bool),
        ["true"] = Plain(value => value is true),
        ["false"] = Plain(value => value is false),
        ["sequence"] = Plain(value => value is string or List<object?> or TemplateMap or Undefined),
        ["iterable"] = Plain(value => value is string or List<object?> or TemplateMap or Undefined),
        ["callable"] = Plain(value => value is ICallable),
        ["lower"] = Plain(value => value is string text && LetterCase.IsLower(text)),
        ["upper"] = Plain(value => value is string text && LetterCase.IsUpper(text)),
        ["odd"] = (value, arguments, state) => Divides(value, 2, arguments, state) is false,
        ["even"] = (value, arguments, state) => Divides(value, 2, arguments, state),
        ["divisibleby"] = (value, arguments, state) =>
        {
            arguments.Limit(state, "the test 'divisibleby'", "num");
            long divisor = arguments.Integer(state, 0, "num", 0);
            return divisor != 0 ? Divides(value, divisor, Arguments.Empty, state) : throw state.Fail("it divides by zero.");
        },
        ["sameas"] = Binary((value, other, _) =>
            value is long or double or bool or string ? Equals(value, other) : ReferenceEquals(value, other)),
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

    private static bool Divides(object? value, long divisor, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "this test");
        if (TemplateValue.Integer(value) is not { } number) throw state.Fail($"{TemplateValue.TypeName(value)} cannot be divided.");
        // The smallest number has no negation, which its remainder by -1 would need.
        return divisor == -1 || number % divisor == 0;
    }
}
