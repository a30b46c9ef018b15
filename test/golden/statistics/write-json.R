# JSON with every number to 17 significant digits, as many as a double holds; jsonlite alone stops at 15.
write_json <- function(x, file) {
  whole <- function(v) ifelse(is.finite(v), paste0("@", sprintf("%.17g", v)), "@null")
  text <- jsonlite::toJSON(rapply(x, whole, classes = c("numeric", "integer"), how = "replace"), auto_unbox = TRUE, na = "null", null = "null", pretty = 1)
  writeLines(gsub('"@([^"]*)"', "\\1", text), file)
}
