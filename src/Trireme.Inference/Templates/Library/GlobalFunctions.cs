using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>The functions every template may call: Jinja's, but for its random texts, and those transformers adds.</summary>
internal static class GlobalFunctions
{
    private const long RangeMax = 100_000;

    public static void AddTo(TemplateScope scope)
    {
        scope.Set("range", new FunctionValue(Range));
        scope.Set("namespace", new FunctionValue((arguments, state) => new NamespaceValue(ToMap(arguments, state))));
        scope.Set("dict", new FunctionValue(ToMap));
        scope.Set("cycler", new FunctionValue(Cycle));
        scope.Set("joiner", new FunctionValue(Join));
        scope.Set("raise_exception", new FunctionValue(RaiseException));
        scope.Set("strftime_now", new FunctionValue(FormatNow));
    }

    private static List<object?> Range(Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'range'", "start", "stop", "step");
        bool single = arguments.Count == 1;
        long start = single ? 0 : arguments.Integer(state, 0, "start", 0);
        long stop = arguments.Integer(state, single ? 0 : 1, "stop", 0);
        long step = arguments.Integer(state, 2, "step", 1);
        if (step == 0) throw state.Fail("the step of 'range' cannot be zero.");
        Int128 count = step > 0 ? ((Int128)stop - start + step - 1) / step : ((Int128)start - stop - step - 1) / -(Int128)step;
        if (count > RangeMax) throw state.Fail($"'range' gives at most {RangeMax} numbers.");
        var numbers = new List<object?>();
        for (long i = 0; i < count; i++) numbers.Add(start + i * step);
        state.Spend(numbers.Count);
        return numbers;
    }

    /// <summary>Values by name, or those of a mapping or of pairs.</summary>
    private static TemplateMap ToMap(Arguments arguments, RenderState state)
    {
        if (arguments.Count > 1) throw state.Fail("at most one value without a name can be given here.");
        var map = new TemplateMap();
        if (arguments.Count == 1)
        {
            List<object?>? pairs = arguments[0] is TemplateMap given ? ValueFilters.Pairs(given, state) : arguments[0] as List<object?>;
            foreach (object? pair in pairs ?? throw state.Fail($"{TemplateValue.TypeName(arguments[0])} is no mapping."))
            {
                List<object?> parts = TemplateValue.Iterate(pair, state);
                bool isEntry = parts.Count == 2 && map.TrySet(parts[0], parts[1]);
                if (!isEntry) throw state.Fail("a mapping is made of pairs of a key and a value.");
            }
        }

        foreach ((string key, object? value) in arguments.Named) map.Set(key, value);
        return map;
    }

    private static CyclerValue Cycle(Arguments arguments, RenderState state)
    {
        if (arguments.Count == 0) throw state.Fail("'cycler' needs values.");
        return new CyclerValue([.. arguments.From(0)]);
    }

    private static JoinerValue Join(Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'joiner'", "sep");
        return new JoinerValue(arguments.TryGet(0, "sep", out object? separator) ? separator : new TemplateText(", "));
    }

    private static object? RaiseException(Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'raise_exception'", "message");
        throw state.Raise(ValueText.Of(arguments.Required(state, 0, "message"), state).Value);
    }

    private static TemplateText FormatNow(Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'strftime_now'", "format");
        return TimeFormat.Apply(arguments.RequiredText(state, 0, "format"), state.TimeProvider.GetLocalNow(), state);
    }
}
