using Trireme.Hosting;

namespace Trireme.Tests.Hosting;

public sealed class DataFolderLayoutTests
{
    /// <summary>The shell that a line is pasted into need not be the one that the platform was started from.</summary>
    [Fact]
    public void Commands_to_paste_name_every_folder_but_the_one_that_needs_no_name()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.Equal("", new DataFolderLayout(Path.Combine(home, ".trireme")).ForCommands);
        Assert.Equal(" --data-dir /srv/trireme", new DataFolderLayout("/srv/trireme").ForCommands);
        Assert.Equal(" --data-dir '/srv/my models'", new DataFolderLayout("/srv/my models").ForCommands);
    }
}
