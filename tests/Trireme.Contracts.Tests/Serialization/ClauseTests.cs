using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Contracts.Tests.Serialization;

public sealed class ClauseTests
{
    [Theory]
    [InlineData("The disk is full.", "The disk is full")]
    [InlineData("no period", "no period")]
    [InlineData("The first line.\r\nDetails nobody asked for.", "The first line")]
    [InlineData("It goes on ...", "It goes on")]
    public void What_is_said_fits_into_a_longer_sentence(string message, string clause) =>
        Assert.Equal(clause, Clause.Of(new IOException(message)));

    [Fact]
    public void The_file_is_named_once()
    {
        Assert.Equal("/a cannot be read: it is too long", Clause.Of("/a", new InvalidDataException("it is too long")));
        Assert.Equal("Access to '/a' is denied", Clause.Of("/a", new UnauthorizedAccessException("Access to '/a' is denied.")));

        // What stands in the way of a file bears another name.
        Assert.Equal("/b is a pipe", Clause.Of("/b/a", new IrregularFileException("/b is a pipe.")));
    }
}
