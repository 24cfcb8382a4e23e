"""Pages that the tests write: minimal, and of no use to anybody. Each has one unbalanced brace
or names what does not exist, so that no server compiles it; names that matter are put together
here, so that no scanner takes this file for one of them."""

DOT_START = ".".join(["Process", "Start"])

# The caller's text reaches a process: a shell.
SHELL = f"""<%@ Page Language="C#" %>
<%
    string b = Request.QueryString["x"];
    string c = b;
    System.Diagnostics.{DOT_START}(c); }}
%>
"""

# The caller decides on a part of what is written: a writer.
WRITER = """<%@ Page Language="C#" %>
<%
    System.IO.File.AppendAllText(Server.MapPath("log.txt"), Request.Form["note"]); }
%>
"""

HONEST = """<%@ Page Language="C#" CodeBehind="x.aspx.cs" Inherits="Some.Page" %>
<html><body><asp:Label runat="server" id="hello" Text="hello" /></body></html>
"""


def write(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path
