using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>
/// Methods of lists and mappings. Of those that change their target only append is there: templates collect lines with it, and the
/// conversation they could change is a copy.
/// </summary>
internal static class CollectionMethods
{
    public static object? Append(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'append'", "object");
        if (target is TemplateTuple) throw state.Fail("a tuple has no 'append'.");
        ((List<object?>)target).Add(arguments.Required(state, 0, "object"));
        return null;
    }

    public static object? Index(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'index'", "value");
        object? value = arguments.Required(state, 0, "value");
        int index = ((List<object?>)target).FindIndex(item => TemplateValue.AreEqual(item, value, state));
        return index >= 0 ? (long)index : throw state.Fail("the value given to 'index' is not in the list.");
    }

    public static object? Count(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'count'", "value");
        object? value = arguments.Required(state, 0, "value");
        return (long)((List<object?>)target).Count(item => TemplateValue.AreEqual(item, value, state));
    }

    public static object? Get(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'get'", "key", "default");
        if (((TemplateMap)target).TryGet(arguments.Required(state, 0, "key"), out object? value)) return value;
        return arguments.TryGet(1, "default", out object? otherwise) ? otherwise : null;
    }

    public static object? Items(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'items'");
        return ValueFilters.Pairs((TemplateMap)target, state);
    }

    public static object? Keys(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'keys'");
        return TemplateValue.Iterate(target, state);
    }

    public static object? Values(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'values'");
        var map = (TemplateMap)target;
        state.Spend(map.Count);
        return new List<object?>(map.Values);
    }

    public static object? CopyList(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'copy'");
        return TemplateValue.Iterate(target, state);
    }

    public static object? Copy(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'copy'");
        state.Spend(((TemplateMap)target).Count);
        return ((TemplateMap)target).Copy();
    }

    public static object? Refuse(object target, string name, Arguments arguments, RenderState state) =>
        throw state.Fail($"'{name}' is not supported: templates cannot change what they are given.");
}
