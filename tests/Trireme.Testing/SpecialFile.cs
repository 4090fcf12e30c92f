using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace Trireme.Testing;

/// <summary>Puts where a file is expected what is none: "pipe", "socket", "folder", or "device" by a link.</summary>
public static class SpecialFile
{
    /// <summary>What each kind is called in an error.</summary>
    public static IReadOnlyDictionary<string, string> Names { get; } = new Dictionary<string, string>
    {
        ["pipe"] = "a pipe (FIFO)",
        ["socket"] = "a socket",
        ["folder"] = "a folder",
        ["device"] = "a device",
    };

    /// <summary>One that is closed takes its name with it.</summary>
    private static readonly ConcurrentBag<Socket> Bound = [];

    public static void Make(string kind, string path)
    {
        switch (kind)
        {
            case "pipe":
                using (Process made = Process.Start("mkfifo", [path]))
                {
                    made.WaitForExit();
                    if (made.ExitCode != 0) throw new IOException($"mkfifo ended with {made.ExitCode}");
                }

                break;
            case "socket":
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                socket.Bind(new UnixDomainSocketEndPoint(path));
                Bound.Add(socket);
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "device":
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "pipe, socket, folder or device");
        }
    }
}
