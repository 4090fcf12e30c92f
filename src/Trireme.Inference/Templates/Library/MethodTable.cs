using System.Diagnostics.CodeAnalysis;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>The methods of texts, lists and mappings, by name.</summary>
internal static class MethodTable
{
    private static readonly Dictionary<string, Method> OfText = TextMethods.All.ToDictionary(StringComparer.Ordinal);

    private static readonly Dictionary<string, Method> OfList = new(StringComparer.Ordinal)
    {
        ["append"] = CollectionMethods.Append,
        ["index"] = CollectionMethods.Index,
        ["count"] = CollectionMethods.Count,
        ["copy"] = CollectionMethods.CopyList,
        ["pop"] = CollectionMethods.Refuse,
        ["insert"] = CollectionMethods.Refuse,
        ["extend"] = CollectionMethods.Refuse,
        ["remove"] = CollectionMethods.Refuse,
        ["clear"] = CollectionMethods.Refuse,
        ["reverse"] = CollectionMethods.Refuse,
        ["sort"] = CollectionMethods.Refuse,
    };

    private static readonly Dictionary<string, Method> OfMap = new(StringComparer.Ordinal)
    {
        ["get"] = CollectionMethods.Get,
        ["items"] = CollectionMethods.Items,
        ["keys"] = CollectionMethods.Keys,
        ["values"] = CollectionMethods.Values,
        ["copy"] = CollectionMethods.Copy,
        ["pop"] = CollectionMethods.Refuse,
        ["popitem"] = CollectionMethods.Refuse,
        ["update"] = CollectionMethods.Refuse,
        ["clear"] = CollectionMethods.Refuse,
        ["setdefault"] = CollectionMethods.Refuse,
    };

    public static bool TryGet(object target, string name, [MaybeNullWhen(false)] out Method method)
    {
        method = null;
        return target switch
        {
            TemplateText => OfText.TryGetValue(name, out method),
            List<object?> => OfList.TryGetValue(name, out method),
            TemplateMap => OfMap.TryGetValue(name, out method),
            _ => false,
        };
    }
}
