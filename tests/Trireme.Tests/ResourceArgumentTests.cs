using Trireme.Connection;

namespace Trireme.Tests;

public sealed class ResourceArgumentTests
{
    [Theory]
    [InlineData("msvc", "ModelService", null)]
    [InlineData("modelservices.trireme.dev", "ModelService", null)]
    [InlineData("Release tiny-v1", "Release", "tiny-v1")]
    [InlineData("rel/tiny-v1", "Release", "tiny-v1")]
    public void Objects_are_named_as_kubectl_users_name_them(string words, string kind, string? name)
    {
        ResourceArgument resource = Assert.Single(ResourceArgument.Parse(words.Split(' ')));
        Assert.Equal(kind, resource.Definition.Kind);
        Assert.Equal(name, resource.Name);
    }

    [Fact]
    public void Several_kinds_take_names_too() => Assert.Equal(
        ["modelservices/a", "modelservices/b", "releases/a", "releases/b"],
        ResourceArgument.Parse(["ms,rel", "a", "b"]).Select(one => $"{one.Definition.Plural}/{one.Name}"));

    [Theory]
    [InlineData("modelservice5", "did you mean modelservices?")]
    [InlineData("xyzzy", "known kinds: releases, modelservices")]
    [InlineData("all", "kubectl shows every kind of the API server")]
    [InlineData("msvc/", "is not of the form KIND/NAME")]
    public void An_unknown_name_gets_a_hint(string word, string hint)
    {
        CommandException exception = Assert.Throws<CommandException>(() => ResourceArgument.Parse([word]));
        Assert.Contains(hint, exception.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, exception.ExitCode);
    }
}
