namespace Mesh.ServiceDefaults.Guarding;

/// <summary>What a listener is for, and so what it takes from web pages.</summary>
public enum ListenerUse
{
    /// <summary>The mesh's own interfaces: the listener's own addresses as <c>Host</c>, its own pages as <c>Origin</c>.</summary>
    Interface,

    /// <summary>
    /// Services by name. On loopback: addresses, <c>*.mesh</c> and names without a dot as <c>Host</c>, pages of this machine and of the
    /// mesh as <c>Origin</c>. Beyond loopback it is made to be called under whatever name leads to it, and the services decide.
    /// </summary>
    Services,

    /// <summary>
    /// An application's way out: a proxy, to which <c>Host</c> says whom the application wants. What a web page could send is taken as by
    /// <see cref="Services"/>.
    /// </summary>
    Outbound,

    /// <summary>An application's own port, or one in front of it: what it takes is the application's to say.</summary>
    Application,
}
