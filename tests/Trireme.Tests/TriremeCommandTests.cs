using System.CommandLine;
using Trireme.Commands;

namespace Trireme.Tests;

[Collection("commands")]
public sealed class TriremeCommandTests
{
    public static TheoryData<string> Names => [.. TriremeCommand.Create().Subcommands.Select(command => command.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_command_named_first_is_all_there_is(string name)
    {
        RootCommand root = TriremeCommand.Create([name, "--help"]);
        Command alone = Assert.Single(root.Subcommands);
        Command among = TriremeCommand.Create().Subcommands.Single(command => command.Name == name);
        Assert.Equal(name, alone.Name);
        Assert.Equal(among.Options.Select(option => option.Name), alone.Options.Select(option => option.Name));
        Assert.Equal(among.Subcommands.Select(command => command.Name), alone.Subcommands.Select(command => command.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("--help")]
    [InlineData("wroker --model x")]
    [InlineData("[suggest:9] worker")]
    public void Anything_else_sees_all_commands(string line) =>
        Assert.True(TriremeCommand.Create(line.Split(' ')).Subcommands.Count > 10);
}
