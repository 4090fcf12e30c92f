using System.Reflection;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.Storage;

/// <summary>A log and blocks can come behind the reader and the appender only while nothing looks past them.</summary>
public sealed class StorageSeamTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void Queries_and_scraping_know_the_reader_and_the_appender_only()
    {
        Type[] all = typeof(QueryEngine).Assembly.GetTypes();
        Type[] types = [.. all.Where(static type => IsIn(type, "PromQL") || IsIn(type, "Scraping"))];
        Assert.True(types.Length > 60, $"{types.Length} types");
        string[] breaches =
        [
            .. types.SelectMany(static type =>
                Mentioned(type).Where(IsOfTheHead).Select(found => $"{type.FullName} knows {found.FullName}")),
        ];
        Assert.Empty(breaches);
    }

    [Fact]
    public void The_search_finds_a_breach() => Assert.Contains(Mentioned(typeof(RetentionLoop)), IsOfTheHead);

    private static bool IsIn(Type type, string part) =>
        type.Namespace?.StartsWith("Trireme.Telemetry." + part, StringComparison.Ordinal) == true;

    private static bool IsOfTheHead(Type type) => type.Namespace == typeof(HeadStore).Namespace;

    private static IEnumerable<Type> Mentioned(Type type) =>
    [
        .. type.GetFields(Declared).SelectMany(static field => Parts(field.FieldType)),
        .. type.GetConstructors(Declared).SelectMany(Mentioned),
        .. type.GetMethods(Declared).SelectMany(static method => Mentioned(method).Concat(Parts(method.ReturnType))),
    ];

    private static IEnumerable<Type> Mentioned(MethodBase method) =>
    [
        .. method.GetParameters().SelectMany(static parameter => Parts(parameter.ParameterType)),
        .. (method.GetMethodBody()?.LocalVariables ?? []).SelectMany(static local => Parts(local.LocalType)),
    ];

    private static IEnumerable<Type> Parts(Type type) => type switch
    {
        { HasElementType: true } => Parts(type.GetElementType()!),
        { IsGenericType: true } => [type, .. type.GetGenericArguments().SelectMany(Parts)],
        _ => [type],
    };
}
