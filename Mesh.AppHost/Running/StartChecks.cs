using System.Net;
using System.Net.Sockets;
using Mesh.AppHost.Settings;

namespace Mesh.AppHost.Running;

/// <summary>What stands against a start, found out before anything is started.</summary>
internal static class StartChecks
{
    /// <summary>What is wrong and what to do; null where nothing is.</summary>
    public static string? FaultOf(LocalMachine local, IEnumerable<IResource> resources)
    {
        if (!local.IsUsed)
            return local.Options.Demo
                ? "--demo is for one machine: the samples register under addresses that nobody else reaches. Leave it out to publish."
                : null;
        if (local.IsTest)
            return null;
        return Data(local.DataFolder) ?? Ports(local, resources) ?? (local.Options.Containers ? ContainerEngine.Fault() : null);
    }

    private static string? Data(string folder)
    {
        try
        {
            // Only its owner reads it; a folder that is there stays as it is.
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return $"The data folder {folder} cannot be made: {refused.Message} Choose another one with MESH_DATA_DIR.";
        }
    }

    private static string? Ports(LocalMachine local, IEnumerable<IResource> resources)
    {
        var pinned = resources.SelectMany(
            resource => resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.Port is not null)
            .Select(endpoint => (endpoint.Port!.Value, resource.Name))).Append((new Uri(local.DashboardUrl).Port, "dashboard"));
        var taken = pinned.Where(port => !IsFree(port.Item1))
            .Select(
                port =>
                    $"  {port.Item1} ({port.Item2}) is held by "
                        + $"{PortHolder.Of(port.Item1) ?? "a process that cannot be seen from here"}").ToList();
        return taken.Count == 0
            ? null
            : $"These ports are in use:\n{string.Join('\n', taken)}\nStop the programs that use them, or start this mesh beside them "
                + $"with --port-offset {local.Options.PortOffset + 1000}.";
    }

    // On both families: browsers try the other one first for 'localhost'.
    private static bool IsFree(int port) =>
        IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    private static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException unavailable)
            when (unavailable.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            // The machine has no such address, and nobody can listen on it.
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
