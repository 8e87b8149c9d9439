namespace Mesh.Cli.Running;

/// <summary>How the program ends.</summary>
internal enum ExitCode
{
    /// <summary>Done, also where nothing had to change.</summary>
    Done = 0,

    /// <summary>The mesh refused the request, or could not do it.</summary>
    Failed = 1,

    /// <summary>The command line is wrong; nothing was sent.</summary>
    WrongUsage = 2,

    /// <summary>Nobody answers at the mesh's address.</summary>
    Unreachable = 3,
}
