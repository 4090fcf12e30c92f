using System.ComponentModel;
using System.Net.Sockets;

namespace Trireme.Contracts.Storage;

/// <summary>
/// Tells failures of this process and its machine, which has no descriptor, memory or disk space left, from failures of what was asked for.
/// The former say nothing of a file or a replica: what was known of it stays, and is asked again later.
/// </summary>
public static class SystemShortage
{
    // <errno.h> of Linux, the same on x86-64 and Arm64.
    private const int OutOfMemory = 12;
    private const int TooManyFilesOfSystem = 23;
    private const int TooManyFilesOfProcess = 24;
    private const int NoSpaceLeft = 28;
    private const int NoBufferSpace = 105;
    private const int QuotaExceeded = 122;

    /// <summary>True when the exception, or one that caused it, is such a shortage.</summary>
    public static bool IsBehind(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            bool found = cause switch
            {
                OutOfMemoryException => true,
                SocketException socket => socket.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable
                    || IsShortage(socket.NativeErrorCode),
                Win32Exception system => IsShortage(system.NativeErrorCode),
                // .NET gives an errno it has no exception for as the result code.
                IOException => IsShortage(cause.HResult),
                _ => false,
            };
            if (found) return true;
        }

        return false;
    }

    private static bool IsShortage(int errno) => errno is
        OutOfMemory or TooManyFilesOfSystem or TooManyFilesOfProcess or NoSpaceLeft or NoBufferSpace or QuotaExceeded;
}
