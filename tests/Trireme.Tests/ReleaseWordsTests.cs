using System.CommandLine;
using Trireme.Commands;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Schema;

namespace Trireme.Tests;

/// <summary>A release says in the worker's own words how the engine holds a model.</summary>
public sealed class ReleaseWordsTests
{
    public static TheoryData<string, string> Choices => new(EngineCatalog.All
        .SelectMany(engine => engine.Options)
        .Where(option => SchemaOf(option.Field).Enum is not null)
        .Select(option => (option.Field, option.Flag))
        .Distinct());

    [Theory]
    [MemberData(nameof(Choices))]
    public void A_field_takes_the_words_of_the_option_it_becomes(string field, string option)
    {
        // The engine of a release is named, and drafting is left out, where the command line has a word for the default.
        IEnumerable<string> words = WorkerWords(option).Except(field switch
        {
            "engine.name" => ["auto"],
            "engine.speculation.method" => ["off"],
            _ => Array.Empty<string>(),
        });
        Assert.Equal(words, SchemaOf(field).Enum!);
    }

    [Fact]
    public void Every_field_is_described()
    {
        foreach (string field in EngineCatalog.All.SelectMany(engine => engine.Options).Select(option => option.Field).Distinct())
        {
            Assert.True(SchemaOf(field).Description is { Length: > 20 }, $"{field} is not described.");
        }
    }

    private static SchemaNode SchemaOf(string field) => field.Split('.').Aggregate(
        ResourceCatalog.Releases.Schema.Properties!["spec"], (schema, name) => schema.Properties![name]);

    private static string[] WorkerWords(string option) =>
        WorkerCommand.Create().Options.Single(known => known.Name == option).HelpName!.Split('|');
}
